/** 司法行政部门: looks at one agency after the other; nothing of its pages fails for want of an agency of its own. */
import { expect, test } from './fixtures';

test('SUP-02: a body above the agencies chooses whose provision and whose vacancies it looks at', async ({ page, signIn }) => {
  await signIn('judicial_bureau');
  await page.goto('/equipment/sufficiency');
  await expect(page.getByRole('region', { name: '总体情况' })).toBeVisible();
  const agency = page.getByRole('combobox', { name: '执法机关' });
  const choose = async (name: string) => {
    await agency.click();
    await page.locator('.ant-select-item-option', { hasText: name }).click();
  };
  await choose('示范市城市管理委员会');
  await expect(page.locator('tbody')).toContainText('现场执法一分队');
  for (const tab of ['readiness', 'plans', 'budget', 'standards']) {
    await page.goto(`/equipment/sufficiency/${tab}`);
    await expect(agency).toBeVisible();
    await expect(page.getByText('出现错误')).toHaveCount(0);
  }
  await page.goto('/people/responsibility');
  await choose('范例片区综合监管执法局');
  await expect(page.getByRole('alert').filter({ hasText: '没有落实到人' })).toBeVisible();
});
