/** 报废: asked for, decided by another, carried out before a witness, printed; what stands in the way is told in words. */
import type { Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './fixtures';

const run = `${process.pid}${Math.floor(Math.random() * 1000)}`;
const orders = (page: Page) => page.getByRole('region', { name: '调拨·报废·丢失·更换' });
const myName = async (page: Page) => ((await (await page.request.get('/api/session')).json()) as { name: string }).name;

async function register(page: Page, name: string): Promise<string> {
  const answer = await page.request.post('/api/devices', {
    data: { kind: 'audio_recorder', maker: '示例', model: 'R1', serial_no: `SN-${name}`, asset_no: name, acquired_on: '2019-01-05', in_use_on: '2019-02-01', price_fen: 45_000, purpose: '询问记录' },
  });
  expect(answer.status()).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

/** 申请报废 on the page of a device, filled in; what comes of it is the caller's to see. */
async function ask(page: Page, id: string, method: '销毁' | '封存') {
  await page.goto(`/equipment/${id}`);
  await page.getByRole('button', { name: '更多办理' }).click();
  await page.getByRole('menuitem', { name: '申请报废' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: method }).check();
  await dialog.getByRole('radio', { name: '不能使用' }).check();
  await dialog.getByLabel('依据材料').fill('检测报告〔2026〕7号');
  await dialog.getByRole('radio', { name: '移交后已清除' }).check();
  await dialog.getByLabel('介质情况说明').fill('恢复出厂设置并覆写一遍');
  await dialog.getByLabel('原因').fill('主板锈蚀，超过使用年限');
  await dialog.getByLabel('文件名称和文号').fill('示监〔2026〕31号');
  await dialog.getByRole('button', { name: '保存' }).click();
  return dialog;
}

test('PRV-17: a device with recordings still on it is not retired, and the page says why', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/equipment');
  const id = await register(page, `LEFT-${run}`);
  const [officer] = ((await (await page.request.get('/api/officers?limit=1')).json()) as { items: { id: string }[] }).items;
  for (const body of [
    { act: 'check_out', person_id: officer!.id, detail: { reason: '急用', urgent_reason: '急用' } },
    { act: 'return', detail: { condition: 'unusable', data_handed_in: false }, signature: { name: '库管' } },
  ]) expect((await page.request.post('/api/devices/acts', { data: { ...body, devices: [{ id }] } })).status()).toBe(200);
  const dialog = await ask(page, id, '销毁');
  await expect(dialog.getByRole('alert')).toContainText('设备上还有未入库的记录');
  await dialog.getByRole('button', { name: '取消' }).click();
  await expect(page.locator('.device-status')).not.toContainText('已销毁');
  await expect(orders(page)).toHaveCount(0);
});

test('PRV-17: a device is retired from the request to its destruction, each step by its own hand', async ({ page, signIn, url }) => {
  const name = `OLD-${run}`;
  await signIn('custodian');
  await page.goto('/equipment');
  const custodian = await myName(page);
  const id = await register(page, name);
  await expect(await ask(page, id, '销毁')).toBeHidden();
  await expect(orders(page)).toContainText('下一步：单位负责人或主管领导审批；申请人不能审批自己的申请。');
  // Who asked is not offered to decide, and refused where he tries all the same.
  await expect(orders(page).getByRole('button', { name: '决定' })).toHaveCount(0);
  const [order] = ((await (await page.request.get(`/api/device-orders?device=${id}`)).json()) as { items: { id: string }[] }).items;
  const own = await page.request.post(`/api/device-orders/${order!.id}/steps`, { data: { step: 'decide', approve: true, document: '示监〔2026〕32号' } });
  expect(own.status()).toBe(403);
  expect(((await own.json()) as { title: string }).title).toMatch(/[\u4e00-\u9fff]/);

  await signIn('leader');
  await page.goto(`${url}/equipment/orders?view=waiting&kind=retirement`);
  const leader = await myName(page);
  const line = page.locator('.order').filter({ hasText: name });
  await line.getByRole('button', { name: '决定' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog.getByText('请填写')).toBeVisible(); // no approval without its document
  await dialog.getByLabel('文件名称和文号').fill('示监〔2026〕32号');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  await expect(line).toHaveCount(0); // it waits for the custodian now

  await signIn('custodian');
  await page.goto(`/equipment/${id}`);
  await expect(orders(page)).toContainText('审批人不能执行');
  await orders(page).getByRole('button', { name: '执行' }).click();
  await dialog.getByLabel('见证人').fill(custodian);
  await dialog.getByLabel('地点').fill('示例再生资源站');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog.getByRole('alert')).toContainText('须由不同的人办理'); // nobody is a witness of himself
  await dialog.getByLabel('见证人').fill('赵科长');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('.device-status')).toContainText('已销毁');
  const history = page.getByRole('region', { name: '变动记录' });
  for (const text of ['销毁', '赵科长', '示例再生资源站', custodian]) await expect(history).toContainText(text);
  const steps = orders(page).locator('.order-told > li');
  for (const [n, texts] of [['发起', custodian, '移交后已清除', '恢复出厂设置并覆写一遍'], ['决定', leader, '示监〔2026〕32号'], ['执行', custodian, '赵科长']].entries()) {
    for (const text of texts) await expect(steps.nth(n)).toContainText(text);
  }

  await page.getByRole('button', { name: '打印报废（封存·销毁）审批表' }).click();
  await dialog.getByRole('button', { name: '打印' }).click();
  await expect(dialog.getByText('已编号并封存')).toBeVisible();
  const answer = await page.request.get((await dialog.getByRole('link', { name: '打开 PDF' }).getAttribute('href'))!);
  const path = join(mkdtempSync(join(tmpdir(), 'tiezheng-print-')), 'retirement.pdf');
  writeFileSync(path, await answer.body());
  const said = execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' }).replace(/\s+/g, '');
  for (const text of [name, '销毁', '不能使用', '恢复出厂设置并覆写一遍', '同意', leader, '示监〔2026〕32号', '赵科长监督']) expect(said).toContain(text);
  await page.keyboard.press('Escape');

  // Nothing can be done with it any more, and the desk says so.
  await page.goto(`/equipment/desk?act=check_out&codes=${encodeURIComponent(name)}`);
  await expect(page.locator('.desk-row')).toContainText('已销毁');
});

test('PRV-17: sealed away it keeps its seal number and its place; a refusal ends the order', async ({ page, signIn }) => {
  await signIn('custodian');
  await page.goto('/equipment');
  const id = await register(page, `SEAL-${run}`);
  await expect(await ask(page, id, '封存')).toBeHidden();
  const dialog = page.getByRole('dialog');
  const decide = async (agree: boolean) => {
    await signIn('leader');
    await page.goto(`/equipment/${id}`);
    await orders(page).getByRole('button', { name: '决定' }).click();
    if (!agree) {
      await dialog.getByRole('checkbox', { name: '同意报废' }).uncheck();
      await dialog.getByLabel('原因').fill('尚可修复');
    }
    await dialog.getByLabel('文件名称和文号').fill('示监〔2026〕33号');
    await dialog.getByRole('button', { name: '保存' }).click();
    await expect(dialog).toBeHidden();
    await signIn('custodian');
  };
  await decide(false);
  await page.reload();
  await expect(orders(page).locator('.order').first()).toContainText('不同意');
  await expect(await ask(page, id, '封存')).toBeHidden();
  await decide(true);
  await page.reload();
  await orders(page).getByRole('button', { name: '执行' }).click();
  await dialog.getByLabel('见证人').fill('赵科长');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog.getByText('请填写')).toHaveCount(2);
  await dialog.getByLabel('封存编号').fill('FC-0099');
  await dialog.getByLabel('地点').fill('三楼设备库');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('.device-status')).toContainText('已封存');
  await expect(page.getByRole('region', { name: '变动记录' })).toContainText('FC-0099');
});
