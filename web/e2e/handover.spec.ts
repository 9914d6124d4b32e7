/** 人员调动: a person is transferred. The post is handed over before it is left, with three signatures. */
import type { Page } from '@playwright/test';
import { choose, expect, test } from './fixtures';

/** Draws something on the pad of the dialog. */
async function draw(page: Page) {
  const pad = page.getByRole('dialog').locator('.signature-field svg');
  const box = (await pad.boundingBox())!;
  await page.mouse.move(box.x + 40, box.y + 40);
  await page.mouse.down();
  for (const [x, y] of [[90, 70], [140, 30], [190, 80]] as const) await page.mouse.move(box.x + x, box.y + y);
  await page.mouse.up();
}

async function sign(page: Page, party: string, byHand: boolean) {
  await page.getByRole('button', { name: `签字（${party}）` }).click();
  const dialog = page.getByRole('dialog');
  if (byHand) {
    await dialog.getByRole('button', { name: '保存' }).click();
    await expect(dialog.locator('.ant-form-item-explain-error')).toContainText('当面手写'); // a typed name is no signature at somebody else's desk
    await draw(page);
  }
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
}

test('MGT-32: a person is transferred', async ({ page, signIn, url }) => {
  // Somebody of the agency who holds a camera, and a colleague of the same unit.
  await signIn('leader');
  const me = (await (await page.request.get(`${url}/api/session`)).json()) as { officer_id: string };
  const held = ((await (await page.request.get(`${url}/api/devices?status=checked_out&limit=200`)).json()) as { items: { holder: { id: string; name: string } | null; serial_no: string }[] }).items;
  const people = ((await (await page.request.get(`${url}/api/officers?limit=200`)).json()) as { items: { id: string; name: string; active: boolean; unit: { id: string } | null }[] }).items;
  const camera = held.find((one) => one.holder && one.holder.id !== me.officer_id && people.some((other) => other.id === one.holder!.id && other.unit))!;
  const leaving = people.find((one) => one.id === camera.holder!.id)!;
  const heir = people.find((one) => one.active && one.id !== leaving.id && one.id !== me.officer_id && one.name !== leaving.name)!;
  const target = ((await (await page.request.get(`${url}/api/units`)).json()) as { items: { id: string; name: string }[] }).items.find((unit) => unit.id !== leaving.unit!.id)!;

  // He cannot be moved: the refusal says what he still holds.
  await signIn('security_admin');
  await page.goto(`/people?q=${encodeURIComponent(leaving.name)}`);
  const row = page.locator('tbody tr').filter({ hasText: leaving.name }).first();
  await row.getByRole('button', { name: '调动、离岗' }).click();
  const dialog = page.getByRole('dialog');
  await choose(page, '去向单位', target.name);
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog.getByRole('alert')).toContainText(camera.serial_no);
  await dialog.getByRole('button', { name: '取消' }).click();

  await signIn('leader');
  await page.goto(`/people/${leaving.id}`);
  await expect(page.getByRole('region', { name: '设备' })).toContainText(camera.serial_no);
  await page.getByRole('button', { name: '发起交接' }).click();
  await choose(page, '接收人', heir.name);
  await choose(page, '去向单位', target.name);
  await dialog.getByLabel('原因').fill('轮岗');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(page).toHaveURL(/\/people\/handovers\//);
  await expect(page.getByRole('button', { name: '签字（监交人）' })).toBeDisabled();
  await sign(page, '移交人', true);
  await sign(page, '接收人', true);
  await sign(page, '监交人', false);
  await expect(page.getByText('已完成').first()).toBeVisible();
  await expect(page.locator('.signature-shown')).toHaveCount(3);

  await signIn('security_admin');
  await page.goto(`/people?q=${encodeURIComponent(leaving.name)}`);
  await row.getByRole('button', { name: '调动、离岗' }).click();
  await choose(page, '去向单位', target.name);
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('tbody tr').filter({ hasText: target.name }).first()).toBeVisible();
});
