/** 台账与文书: twenty devices out of a ledger with five bad rows, their labels, and two papers. */
import type { Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './fixtures';
import { workbook } from './workbook';

const run = `${process.pid}${Math.floor(Math.random() * 1000)}`;
const wide = (text: string) => text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
const DAYS = ['2026-01-05', '2026/1/5', '2026年1月5日'];
const MODELS = [1, 2, 3].map((n) => `M${n}-${run}`);
const HEADING = ['序号', '资产编号', '设备名称', '品牌', '型号', '出厂编号', '购置时间', '原值（元）', '使用部门', '用途'];

function row(n: number): string[] {
  const [asset, serial] = [`IMP-${run}-${n}`, `IS-${run}-${n}`];
  return [String(n), asset, '４Ｇ执法记录仪', '示例', MODELS[n % 3]!, n === 2 ? wide(serial) : serial, DAYS[n % 3]!, n === 3 ? '3,200.00元' : '3200', '', '现场执法'];
}
const good = Array.from({ length: 20 }, (_, i) => row(i + 1));
/** Rows 4, 7, 11, 15 and 20 of the list, each with something else that is wrong. */
const bad = good.map((cells, i) => cells.map((cell, at) => {
  if (i === 3 && at === 2) return '无人机';
  if (i === 6 && at === 5) return good[0]![5]!;
  if (i === 10 && at === 6) return '去年';
  if (i === 14 && at === 7) return '约三千';
  return i === 19 && at === 8 ? '不存在的中队' : cell;
}));
const ledger = (rows: string[][]) => ({ name: '台账.xlsx', mimeType: '', buffer: workbook([['执法装备台账'], HEADING, ...rows, ['合计', '', '', '', '', '', '', '64000']]) });
const registered = async (page: Page) => ((await (await page.request.get(`/api/devices?limit=200&q=IMP-${run}`)).json()) as { items: { id: string }[] }).items.map((device) => device.id);

/** Prints in the dialog that is open, and gives the PDF as a file. */
async function printed(page: Page, name: string): Promise<string> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: '打印' }).click();
  await expect(dialog.getByText('已编号并封存')).toBeVisible();
  const answer = await page.request.get((await dialog.getByRole('link', { name: '打开 PDF' }).getAttribute('href'))!);
  expect(answer.headers()['content-type']).toBe('application/pdf');
  const path = join(mkdtempSync(join(tmpdir(), 'tiezheng-print-')), name);
  writeFileSync(path, await answer.body());
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  // Name, type, encoding, and then: embedded, subset.
  const fonts = execFileSync('pdffonts', [path], { encoding: 'utf8' }).trim().split('\n').slice(2);
  for (const font of fonts) expect(font).toMatch(/ yes +yes /);
  return path;
}

test('three models are entered; a ledger with five bad rows registers nothing; mended it registers all twenty, and they are printed', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/equipment/models');
  for (const model of MODELS) {
    await page.getByRole('button', { name: '登记型号' }).click();
    await page.getByRole('dialog').getByLabel('生产厂家').fill('示例');
    await page.getByRole('dialog').getByLabel('型号', { exact: true }).fill(model);
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(page.getByRole('region', { name: model })).toContainText('0 台');
  }
  await page.goto('/equipment');
  await page.getByRole('button', { name: '从文件导入' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByTestId('import-file').setInputFiles(ledger(bad));
  await expect(dialog.getByText('5 行有问题，15 行没有问题')).toBeVisible();
  for (const problem of ['不认识设备种类“无人机”', '与文件第 3 行重复', '“去年”不是完整的日期', '“约三千”不是价格', '本机关没有名为“不存在的中队”的单位']) await expect(dialog.getByText(problem)).toBeVisible();
  await expect(dialog.locator('tbody tr')).toHaveCount(5);
  await expect(dialog.getByRole('button', { name: '登记 20 台' })).toBeDisabled();
  expect(await registered(page)).toEqual([]);

  await dialog.getByTestId('import-file').setInputFiles(ledger(good));
  await expect(dialog.getByText('20 行都没有问题')).toBeVisible();
  await dialog.getByRole('button', { name: '登记 20 台' }).click();
  await expect(page.getByText('已登记 20 台设备')).toBeVisible();
  const ids = await registered(page);
  expect(ids).toHaveLength(20);
  await page.goto('/equipment/models');
  for (const [n, model] of MODELS.entries()) await expect(page.getByRole('region', { name: model })).toContainText(n === 0 ? '6 台' : '7 台');

  await page.goto(`/equipment?q=IMP-${run}`);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '导出' }).click();
  await page.getByRole('menuitem', { name: 'XLSX 工作簿' }).click();
  expect((await download).suggestedFilename()).toBe('设备台账.xlsx');

  await page.getByLabel('选中本页全部').check();
  await expect(page.getByText('已选 20 台')).toBeVisible();
  const bulk = page.locator('.bulk');
  await bulk.getByRole('button', { name: '打印' }).click();
  await page.getByRole('menuitem', { name: '设备标签' }).click();
  const labels = await printed(page, 'labels.pdf');
  execFileSync('pdftoppm', ['-r', '200', '-png', labels, labels]);
  const sheets = readdirSync(join(labels, '..')).filter((name) => name.endsWith('.png')).map((name) => join(labels, '..', name));
  const codes = execFileSync('zbarimg', ['--quiet', '--raw', ...sheets], { encoding: 'utf8' }).trim().split('\n');
  expect(codes.sort()).toEqual(ids.map((id) => `tiezheng:device:${id}`).sort());

  await bulk.getByRole('button', { name: '打印' }).click();
  await page.getByRole('menuitem', { name: '领用（归还）登记表' }).click();
  const issue = await printed(page, 'issue.pdf');
  expect(execFileSync('pdftotext', ['-layout', issue, '-'], { encoding: 'utf8' })).toContain(`IMP-${run}-20`.slice(0, 8));

  await page.goto('/equipment/sufficiency');
  await page.getByRole('button', { name: '打印配备情况统计表' }).click();
  await printed(page, 'provision.pdf');

  await page.goto('/equipment/documents');
  for (const form of ['配备情况统计表', '领用（归还）登记表', '设备标签']) await expect(page.locator('tbody').getByText(form).first()).toBeVisible();
  const me = (await (await page.request.get('/api/session')).json()) as { name: string };
  await expect(page.locator('tbody tr').first()).toContainText(me.name); // a person, not an account
});

test('a roster is seen before anybody is entered', async ({ page, signIn }) => {
  await signIn('security_admin');
  await page.goto('/people');
  await page.getByRole('button', { name: '从文件导入' }).click();
  const dialog = page.getByRole('dialog');
  const agency = dialog.getByRole('combobox', { name: '执法机关' });
  if (await agency.isVisible()) {
    await agency.click();
    await page.locator('.ant-select-item-option').first().click();
  }
  await dialog.getByTestId('import-file').setInputFiles({ name: '名册.csv', mimeType: 'text/csv', buffer: Buffer.from(`姓名,执法证号\n甲${run},C-${run}-1\n乙${run},C-${run}-1\n`) });
  await expect(dialog.getByText('1 行有问题，1 行没有问题')).toBeVisible();
  await dialog.getByTestId('import-file').setInputFiles({ name: '名册.csv', mimeType: 'text/csv', buffer: Buffer.from(`姓名,执法证号\n甲${run},C-${run}-1\n乙${run},C-${run}-2\n`) });
  await dialog.getByRole('button', { name: '登记 2 人' }).click();
  await expect(page.getByText('已登记 2 人')).toBeVisible();
});
