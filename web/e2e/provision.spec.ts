/** 单位负责人与主管领导: what is short is seen, traced to its people and devices, left be with a reason; every duty has its holder. */
import type { Page } from '@playwright/test';
import { choose, expect, test } from './fixtures';

const row = (page: Page, unit: string, kind: string) => page.locator('tbody tr').filter({ hasText: unit }).filter({ hasText: kind });

test('PRV-03: the unit head states the facts and sees what is short, by both readings', async ({ page, signIn }) => {
  await signIn('unit_head');
  await page.goto('/equipment/sufficiency');
  await expect(page.getByRole('region', { name: '总体情况' })).toBeVisible();
  await page.locator('tbody tr').filter({ hasText: '稽查局' }).first().getByRole('button', { name: '单位情况' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('单位类别').click();
  await page.locator('.ant-select-item-option', { hasText: '执法机构' }).click();
  await page.keyboard.press('Escape');
  await dialog.getByLabel('执法人员数').fill('1');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog.getByText('请填写')).toBeVisible(); // no statement without its reason
  await dialog.getByLabel('原因').fill('机构编制方案');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  const line = row(page, '稽查局', '执法记录仪');
  await expect(line).toContainText('应配 1');
  // One officer more than the cameras that are there suffice for: other journeys register some.
  const have = Number(/实有 (\d+)/.exec(await line.innerText())?.[1]);
  await page.locator('tbody tr').filter({ hasText: '稽查局' }).first().getByRole('button', { name: '单位情况' }).click();
  await dialog.getByLabel('执法人员数').fill(String(3 * have + 1));
  await dialog.getByLabel('原因').fill('机构编制方案');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  await expect(line).toContainText(`应配 ${have + 1}`);
  await expect(line).toContainText('缺 1');
  await expect(line).toContainText(`至少 ${have + 1} 台／至多 ${have} 台`);
  await line.getByRole('button', { name: '依据' }).click();
  await expect(page.locator('.articles')).toContainText('第六条第（一）项');
  await page.keyboard.press('Escape');
  await expect(line.getByRole('button', { name: '批准暂缓' })).toHaveCount(0); // somebody above approves
});

test('a figure opens the officers and the devices behind it, and its filter is an address', async ({ page, signIn }) => {
  await signIn('unit_head');
  await page.goto('/equipment/sufficiency?state=short');
  await expect(page.locator('tbody tr').first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^齐备/ })).toHaveAttribute('aria-pressed', 'false');
  await row(page, '稽查局', '执法记录仪').locator('.provision').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('region', { name: '计入的执法人员' })).toContainText('按本单位声明');
  await expect(dialog.getByRole('region', { name: '计入的设备' })).toContainText('D2600101');
  await dialog.getByRole('link', { name: '在设备页查看' }).click();
  await expect(page).toHaveURL(/\/equipment\?.*kind=body_worn_camera/);
});

test('the leader leaves the shortage be with reason and document; the headline says so', async ({ page, signIn }) => {
  await signIn('leader');
  await page.goto('/');
  await page.getByRole('link', { name: /台设备未配齐/ }).click();
  await expect(page).toHaveURL(/sufficiency\?state=short/);
  await row(page, '稽查局', '执法记录仪').getByRole('button', { name: '批准暂缓' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('原因').fill('已列入下年度采购');
  await dialog.getByLabel('文件名称和文号').fill('示监〔2026〕12号');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('region', { name: '总体情况' })).toContainText('已批准暂缓');
  await page.goto('/equipment/sufficiency?state=allowed');
  await expect(row(page, '稽查局', '执法记录仪')).toContainText('已列入下年度采购');
  await page.goto('/equipment/sufficiency/plans');
  await expect(page.getByRole('region', { name: '批准暂缓的情况' })).toContainText('示监〔2026〕12号');
});

test('PRV-02: a plan is proposed by the unit and approved above it', async ({ page, signIn }) => {
  await signIn('unit_head');
  await page.goto('/equipment/sufficiency/plans');
  await page.getByRole('button', { name: '提出计划' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('数量').fill('4');
  await dialog.getByLabel('用途（对应的执法职责）').fill('日常检查');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  const plan = page.getByRole('region', { name: '配备计划' }).locator('tbody tr').first();
  await expect(plan).toContainText('待批准');
  await expect(plan.getByRole('button', { name: '批准' })).toHaveCount(0);
  await signIn('leader');
  await page.reload();
  await plan.getByRole('button', { name: '批准' }).click();
  await page.locator('.ant-popconfirm').getByRole('button', { name: '批准' }).click();
  await expect(plan).toContainText('执行中');
});

test('PRV-22: a vacancy is told in words, filled, and comes back when it ends', async ({ page, signIn }) => {
  await signIn('leader');
  await page.goto('/people/responsibility');
  const gaps = page.getByRole('alert').filter({ hasText: '没有落实到人' });
  await expect(gaps).toBeVisible();
  const name = page.getByRole('button', { name: '指定临港分局的第一责任人' });
  await name.click();
  const dialog = page.getByRole('dialog');
  await choose(page, '负责人', '王强');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  await expect(name).toHaveCount(0);
  await page.locator('tbody tr').filter({ hasText: '临港分局' }).getByRole('button', { name: '王强' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '终止指定' }).click();
  await page.getByRole('dialog').getByLabel('原因').fill('调离');
  await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
  await expect(name).toBeVisible();
  await page.getByRole('button', { name: /^逐项列出/ }).click();
  await expect(gaps).toContainText(/临港分局：自 20\d\d-\d\d-\d\d 起空缺/);
});

test('PRV-13: the third activity not recorded for want of a fit device asks the unit head for one', async ({ page, signIn }) => {
  await signIn('unit_head');
  const unit = '稽查局';
  const { items } = (await (await page.request.get('/api/units')).json()) as { items: { id: string; name: string }[] };
  const unit_id = items.find((one) => one.name === unit)!.id;
  const made = await Promise.all([9, 6, 3].map(async (days) => {
    const body = { title: `罐区巡查 ${days}`, occasion: 'inspection', unit_id, began_ms: Date.now() - days * 86_400_000 };
    return (await (await page.request.post('/api/activities', { data: body })).json()) as { id: string };
  }));
  for (const { id } of made) {
    await page.goto(`/activities/${id}`);
    await page.getByRole('button', { name: '登记不录音像' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('radio')).toHaveCount(4);
    for (const radio of await dialog.getByRole('radio').all()) await expect(radio).not.toBeChecked();
    await dialog.getByRole('radio', { name: '危险场所且无合规设备' }).check();
    await dialog.getByRole('button', { name: '保存' }).click();
    await expect(dialog.getByText('请填写')).toBeVisible(); // no reason without its facts
    await dialog.getByLabel('具体情况').fill('储罐区内禁止带入非防爆设备');
    await dialog.getByRole('button', { name: '保存' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByText('储罐区内禁止带入非防爆设备')).toBeVisible();
    await expect(page.getByRole('button', { name: '登记不录音像' })).toHaveCount(0);
  }
  await page.goto('/equipment/sufficiency?state=short');
  const line = row(page, unit, '合规的特种设备');
  await expect(line).toContainText('请配备合规设备');
  await expect(line).toContainText('近12个月有 3 次');
});
