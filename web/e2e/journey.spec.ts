/** 保管人的一天: a recording from the upload to the proof. */
import { randomBytes } from 'node:crypto';
import { choose, expect, film, test } from './fixtures';

const salt = `${process.pid}-${Math.random()}`;
const NAME = '临港查封现场_夜间.mp4';

test('an account of the demo signs in by one click, and lands where the link led', async ({ page }) => {
  await page.goto('/people?q=%E5%BC%A0');
  await expect(page.getByRole('heading', { name: '登录' })).toBeVisible();
  await page.getByRole('button', { name: /保管人/ }).first().click();
  await expect(page).toHaveURL(/\/people\?q=/);
  await expect(page.getByRole('heading', { name: '人员', level: 1 })).toBeVisible();
});

test('a wrong password is refused in words', async ({ page }) => {
  await page.goto('/sign-in');
  await page.getByLabel('账号', { exact: true }).fill('nobody');
  await page.getByLabel('密码', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText(/[\u4e00-\u9fff]{4}/);
  await expect(page).toHaveURL(/sign-in/);
});

test('a file is uploaded and sealed, and the second time known as a duplicate', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/ingest');
  await choose(page, '执法人员', '李静');
  const path = film(NAME, 'hevc', 12, salt);
  await page.locator('input[type=file]').setInputFiles(path);
  const line = page.getByRole('list', { name: '上传队列' }).getByRole('listitem');
  await expect(line.first()).toContainText('已封存');
  await page.locator('input[type=file]').setInputFiles(path);
  await expect(line.nth(1)).toContainText('重复');
  await line.first().getByRole('link', { name: '查看录像' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(NAME);
});

test.describe('seen by the test alone', () => {
  // A service worker that has just taken the page over would send what the test wants to see and break.
  test.use({ serviceWorkers: 'block' });

  test('a line that breaks in the middle costs nothing: the upload goes on where it stopped', async ({ page, signIn }) => {
    await signIn('custodian');
    await page.goto('/ingest');
    const offsets: number[] = [];
    await page.route('**/api/uploads/*', async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue();
      offsets.push(Number(route.request().headers()['upload-offset']));
      return offsets.length === 2 ? route.abort('connectionreset') : route.continue();
    });
    await page.locator('input[type=file]').setInputFiles({ name: '断线.bin', mimeType: 'application/octet-stream', buffer: randomBytes(40 << 20) });
    const line = page.getByRole('list', { name: '上传队列' }).getByRole('listitem');
    await expect(line).toContainText('已封存', { timeout: 60_000 });
    expect(offsets).toEqual([0, 32 << 20, 32 << 20]); // the second piece was sent again, the first was not
  });
});

test('it is found by officer and by Chinese text, and the address keeps the filter', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/recordings');
  await choose(page, '执法人员', '李静');
  await expect(page).toHaveURL(/officer=/);
  await expect(page.getByRole('link', { name: NAME })).toBeVisible();
  await page.getByLabel('全文查找').fill('查封现场');
  await expect(page).toHaveURL(/q=/);
  await expect(page.getByRole('link', { name: NAME })).toBeVisible();
  await page.getByLabel('全文查找').fill('并无此事');
  await expect(page.getByText('没有符合条件的录像')).toBeVisible();
  await page.goto('/recordings?q=%E4%B8%B4%E6%B8%AF%E6%9F%A5%E5%B0%81');
  await expect(page.getByRole('link', { name: NAME })).toHaveCount(1);
});

test('the HEVC original plays through its preview; keys and bar seek', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/recordings?q=%E4%B8%B4%E6%B8%AF%E6%9F%A5%E5%B0%81');
  await page.getByRole('link', { name: NAME }).click();
  await expect(page.getByText('记入保管链')).toBeVisible();
  await page.getByRole('button', { name: '播放' }).click();
  const video = page.locator('video');
  await expect(video).toBeVisible({ timeout: 90_000 }); // the preview is made first
  await expect(page.getByText('正在播放预览版')).toBeVisible();
  const seconds = () => video.evaluate((v: HTMLVideoElement) => v.currentTime);
  await expect.poll(() => video.evaluate((v: HTMLVideoElement) => v.readyState)).toBeGreaterThanOrEqual(2);
  const player = page.getByRole('group', { name: '播放器' });
  await player.focus();
  await page.keyboard.press(' ');
  await expect.poll(seconds).toBeGreaterThan(0.2);
  await page.keyboard.press('k');
  await page.keyboard.press('Home');
  await expect.poll(seconds).toBeLessThan(0.1);
  await page.keyboard.press('ArrowRight');
  await expect.poll(seconds).toBeCloseTo(5, 0);
  await page.keyboard.press('.');
  await expect.poll(seconds).toBeGreaterThan(5.01);
  await page.getByRole('slider', { name: '播放位置' }).fill('9000');
  await expect.poll(seconds).toBeCloseTo(9, 0);
  await expect(page.locator('.watermark text').first()).toContainText(/.+ · .+ · 20\d\d/); // who looks, and when
});

test('every line of custody is proven in the browser; an altered answer is not', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/recordings?q=%E4%B8%B4%E6%B8%AF%E6%9F%A5%E5%B0%81');
  await page.getByRole('link', { name: NAME }).click();
  const custody = page.getByRole('region', { name: '保管链' });
  const sealed = custody.getByRole('listitem').filter({ hasText: '封存入库' }).first();
  await sealed.getByRole('button', { name: '验证' }).click();
  await expect(sealed.getByRole('status')).toContainText('已验证');
  await sealed.getByText('验证过程').click();
  await expect(sealed.locator('.steps li.good')).toHaveCount(6);
  await expect(custody.getByText('查看', { exact: true }).first()).toBeVisible(); // the look of the journey before

  await page.route('**/api/events/*/proof', async (route) => {
    const answer = await route.fetch();
    const proof = (await answer.json()) as { payload: string };
    await route.fulfill({ response: answer, json: { ...proof, payload: proof.payload.replace('"bytes":', '"bytes":1') } });
  });
  await page.reload();
  await sealed.getByRole('button', { name: '验证' }).click();
  await expect(sealed.getByRole('status')).toContainText('验证未通过');
});

test('the original is verified, the index edited with its reason, the receipt taken', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/recordings?q=%E4%B8%B4%E6%B8%AF%E6%9F%A5%E5%B0%81');
  await page.getByRole('link', { name: NAME }).click();
  await page.getByRole('button', { name: '核验原件' }).click();
  await expect(page.getByRole('dialog')).toContainText('原件完好');
  await page.getByRole('dialog').getByRole('button', { name: '关闭' }).last().click();

  await page.getByRole('button', { name: '编辑索引' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('标题').fill('');
  await dialog.getByLabel('地点').fill('临港工业园九号库');
  await dialog.getByLabel('修改原因').fill('补记地点');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('region', { name: '基本情况' })).toContainText('临港工业园九号库');
  await expect(page.getByRole('region', { name: '保管链' })).toContainText('补记地点');

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '凭证（JSON）' }).click();
  const text = await (await (await download).createReadStream()).toArray();
  expect(JSON.parse(Buffer.concat(text).toString())).toMatchObject({ format: 'tiezheng-receipt/1' });
});

test('an integrity check runs and ends clean', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/supervision');
  await page.getByRole('button', { name: '开始检查' }).click();
  await expect(page.getByRole('region', { name: '检查记录' }).getByText('完好').first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('region', { name: '公开日志' })).toContainText('树根');
});

test('the language is switched and stays', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/');
  await page.locator('.bar-user').click();
  await page.getByRole('menuitem', { name: 'English' }).click();
  await expect(page.getByRole('link', { name: 'Recordings', exact: true })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await page.reload();
  await expect(page.getByRole('link', { name: 'Recordings', exact: true })).toBeVisible();
  await page.goto('/recordings/nothing');
  await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
});

test('on a phone the menu is a drawer and a list is cards', async ({ page, signIn }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn('custodian'); // the small demo need not hold something of every officer
  await page.goto('/');
  await page.getByRole('button', { name: '菜单' }).click();
  await page.getByRole('dialog').getByRole('link', { name: '录像', exact: true }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.getByRole('list', { name: '录像' })).toBeVisible();
  await expect(page.locator('table')).toHaveCount(0);
});
