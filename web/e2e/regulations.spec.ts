/** 法制机构: reads a regulation, attaches its text, decides about it; everybody finds the article behind a verdict. */
import { expect, test } from './fixtures';

const OWN = '/regulations/caofeidian-amr';

test('an article is found in the table, keeps its address, and leads on', async ({ page, signIn }) => {
  await signIn('legal_office');
  await page.goto('/regulations');
  await expect(page.locator('tbody tr').first()).toContainText('本机关适用');
  await page.locator('tbody tr').first().getByRole('link').first().click();
  await page.getByRole('navigation', { name: '条文' }).getByRole('link', { name: /^第十二条/ }).first().click();
  await expect(page).toHaveURL(/\/articles\/12/);
  await expect(page.getByRole('article').getByRole('heading', { level: 2 })).toHaveText('第十二条');
  await expect(page.getByRole('article')).toContainText('移交期限');
  await page.reload();
  await expect(page.getByRole('article').getByRole('heading', { level: 2 })).toHaveText('第十二条');
  const here = page.url();
  await page.getByRole('navigation', { name: '前后条文' }).getByRole('link').last().click();
  await expect(page).not.toHaveURL(here);
  await page.goto(`${OWN}/articles/999`);
  await expect(page.getByRole('heading', { name: '没有找到' })).toBeVisible();
});

test('a reading is changed by a numbered decision of two persons, and the one before stays in the history', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto(`${OWN}/readings`);
  const reading = page.locator('#T-05');
  await expect(reading).toContainText('系统默认');
  await reading.getByRole('button', { name: '更改读法' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: '上限' }).check();
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog.getByText('请填写').first()).toBeVisible(); // no decision without its number
  await dialog.getByLabel('决定文号').fill('示法〔2026〕7号');
  await dialog.getByLabel('决定人').fill('局务会');
  await dialog.getByLabel('决定日期').fill(today());
  await page.keyboard.press('Enter');
  await dialog.getByLabel('原因').fill('按上限配备');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  await expect(reading).toContainText('待批准，尚未生效');
  await expect(reading).toContainText('系统默认');
  await expect(reading.getByRole('button', { name: '批准' })).toHaveCount(0); // not who entered it
  await signIn('legal_office');
  await page.goto(`${OWN}/validity`);
  await page.getByRole('region', { name: '待批准的决定' }).getByRole('button', { name: '批准', exact: true }).click();
  await page.getByRole('tooltip').getByRole('button', { name: '批准', exact: true }).click();
  await expect(page.getByRole('region', { name: '待批准的决定' })).toHaveCount(0);
  await page.goto(`${OWN}/readings`);
  await expect(reading).toContainText('本机关决定：示法〔2026〕7号');
  await expect(reading).toContainText('现在采用： 上限');
  await page.goto(`${OWN}/validity`);
  await expect(page.getByRole('region', { name: '决定记录' })).toContainText('示法〔2026〕7号');
});

test('the official text is attached and comes back byte for byte; anything else is refused', async ({ page, signIn }) => {
  await signIn('legal_office');
  await page.goto(`${OWN}/validity`);
  const files = page.getByRole('region', { name: '正式文本' });
  await files.locator('input[type=file]').setInputFiles({ name: '假.pdf', mimeType: 'application/pdf', buffer: Buffer.from('not a PDF') });
  await expect(files.getByRole('alert')).toContainText('PDF');
  const text = Buffer.from(`%PDF-1.4\n% ${process.pid}-${Math.random()}\n%%EOF\n`);
  await files.locator('input[type=file]').setInputFiles({ name: '正式文本.pdf', mimeType: 'application/pdf', buffer: text });
  const download = page.waitForEvent('download');
  await files.getByRole('link', { name: '正式文本.pdf' }).click();
  expect(Buffer.concat(await (await (await download).createReadStream()).toArray()).equals(text)).toBe(true);
});

test('how far it is carried out: a figure opens what it counts', async ({ page, signIn }) => {
  await signIn('legal_office');
  await page.goto(`${OWN}/compliance`);
  await expect(page.locator('tbody tr').first()).toBeVisible();
  const rows = await page.locator('tbody tr').count();
  await page.getByRole('button', { name: /^部分实现/ }).click();
  await expect(page).toHaveURL(/state=partly/);
  expect(await page.locator('tbody tr').count()).toBeLessThan(rows);
  await page.goto(`${OWN}/compliance`);
  await page.getByRole('link', { name: /^音像记录/ }).first().click();
  await expect(page).toHaveURL(/\/recordings/);
});

test('from a verdict to its article, and nobody decides who may not', async ({ page, signIn }) => {
  await signIn('unit_head');
  await page.goto('/recordings');
  await page.locator('.basis').first().click();
  const basis = page.locator('.articles');
  await expect(basis.getByRole('link').first()).toContainText('第十二条');
  await expect(basis).toContainText('24小时'); // our reading of it
  await basis.getByRole('link').first().click();
  await expect(page).toHaveURL(/\/regulations\/caofeidian-amr\/articles\/12/);
  await page.goto(`${OWN}/readings`);
  await expect(page.locator('#T-05')).toBeVisible();
  await expect(page.getByRole('button', { name: '更改读法' })).toHaveCount(0);
});

/** Legal days are Shanghai's, wherever the browser stands. */
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());
