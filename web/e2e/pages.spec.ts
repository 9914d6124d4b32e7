/** Every page, wide and narrow, in both languages: readable, within the screen, light, and only for those who may. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { gzipSync } from 'node:zlib';
import { expect, test } from './fixtures';

const PROVISION = ['', '/readiness', '/plans', '/sites', '/purchases', '/budget', '/standards'].map((page) => `/equipment/sufficiency${page}`);
const PAGES = ['/', '/recordings', '/ingest', '/equipment', '/equipment/desk', '/equipment/orders', '/equipment/models', '/equipment/upkeep', '/equipment/documents', '/people', '/people/responsibility', '/people/handovers', ...PROVISION, '/activities', '/regulations', '/supervision'];
const REGULATION = ['', '/articles/6(1)', '/compliance', '/readings', '/validity'].map((page) => `/regulations/caofeidian-amr${page}`);
const SCREENS = [
  { name: 'desk, Chinese', width: 1366, height: 768, language: 'zh-CN' },
  { name: 'phone, English', width: 390, height: 844, language: 'en' },
] as const;

async function settled(page: Page, path: string) {
  await page.goto(path);
  await expect(page.locator('h1').first()).toBeVisible();
  await page.waitForLoadState('networkidle');
}

/** WCAG 2 A and AA; nothing of moderate weight or above is let through. */
async function expectReadable(page: Page, where: string) {
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter((v) => v.impact !== 'minor');
  expect(grave.map((v) => `${where} ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), `${where} is wider than the screen`).toBeLessThanOrEqual(0);
}

for (const { name, width, height, language } of SCREENS) {
  test.describe(name, () => {
    test.use({ viewport: { width, height } });
    test.beforeEach(({ page }) => page.addInitScript((chosen) => localStorage.setItem('tiezheng.language', chosen), language));

    test('sign-in', async ({ page }) => {
      await settled(page, '/sign-in');
      await expectReadable(page, '/sign-in');
    });
    for (const path of PAGES) {
      test(`page ${path}`, async ({ page, signIn }) => {
        await signIn('custodian');
        await settled(page, path);
        await expectReadable(page, path);
      });
    }
    test('one recording, and one that does not exist', async ({ page, signIn }) => {
      await signIn('custodian');
      await settled(page, '/recordings');
      await page.locator('.recording-link').first().click();
      await expect(page.locator('#custody')).toBeVisible();
      await page.waitForLoadState('networkidle');
      await expectReadable(page, '/recordings/$id');
      await settled(page, '/recordings/none');
      await expectReadable(page, '/recordings/none');
    });
    test('one device, and the form of an act', async ({ page, signIn }) => {
      await signIn('custodian');
      await settled(page, '/equipment');
      await page.locator('a[href^="/equipment/"]:not(nav a)').first().click();
      await expect(page.locator('.device-status')).toBeVisible();
      await page.waitForLoadState('networkidle');
      await expectReadable(page, '/equipment/$id');
      await page.locator('.page-head .ant-btn-primary').click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectReadable(page, 'the form of an act');
    });
    test('the desk with a stack on it', async ({ page, signIn }) => {
      await signIn('custodian');
      const { items } = (await (await page.request.get('/api/devices?limit=3')).json()) as { items: { id: string }[] };
      await settled(page, `/equipment/desk?act=return&codes=${items.map(({ id }) => id).join(',')},NO-SUCH`);
      await expect(page.locator('.desk-row')).toHaveCount(items.length + 1);
      await expectReadable(page, '/equipment/desk');
    });
    test('one run of hand-in', async ({ page, signIn }) => {
      await signIn('custodian');
      await settled(page, '/ingest');
      await page.locator('a[href^="/ingest/"]').first().click();
      await page.waitForLoadState('networkidle');
      await expectReadable(page, '/ingest/$id');
    });
    test('accounts and grants', async ({ page, signIn }) => {
      await signIn('security_admin');
      await settled(page, '/accounts');
      await expectReadable(page, '/accounts');
    });
    test('a regulation, as the office reads it that may decide', async ({ page, signIn }) => {
      await signIn('legal_office');
      for (const path of REGULATION) {
        await settled(page, path);
        await expectReadable(page, path);
      }
      await page.getByRole('button', { name: language === 'en' ? 'Confirm' : '确认效力' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectReadable(page, 'the form of a decision');
    });
    test('the basis of a verdict', async ({ page, signIn }) => {
      await signIn('custodian');
      await settled(page, '/recordings');
      await page.locator('.basis').first().click();
      await expect(page.locator('.articles a').first()).toBeVisible();
      await page.waitForLoadState('networkidle');
      await expectReadable(page, 'basis');
    });
    test('audit log', async ({ page, signIn }) => {
      await signIn('legal_office');
      await settled(page, '/audit');
      await expectReadable(page, '/audit');
    });
  });
}

test('the first page costs at most 400 KB of compressed script', async ({ page, signIn }) => {
  await signIn('custodian');
  const scripts: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.endsWith('.js')) scripts.push(response.body());
  });
  await settled(page, '/');
  const bytes = (await Promise.all(scripts)).reduce((sum, body) => sum + gzipSync(body).length, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(400 * 1024);
});

test('administrators are offered no recordings, and are refused when they ask', async ({ page, signIn }) => {
  await signIn('system_admin');
  await settled(page, '/');
  await expect(page.getByRole('link', { name: '完整性检查' })).toBeVisible();
  await expect(page.getByRole('link', { name: '录像', exact: true })).toHaveCount(0);
  await settled(page, '/recordings');
  await expect(page.getByRole('heading', { name: '没有权限' })).toBeVisible();
});

test('without the network the page says so, and goes on afterwards', async ({ page, context, signIn }) => {
  await signIn('custodian');
  await settled(page, '/');
  await context.setOffline(true);
  await expect(page.getByText('网络已断开')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText('网络已断开')).toBeHidden();
});

test('the kept shell holds no answer of the API', async ({ page, signIn }) => {
  await signIn('custodian');
  await settled(page, '/');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await settled(page, '/recordings');
  const kept = await page.evaluate(async () => {
    const names = await caches.keys();
    return (await Promise.all(names.map(async (n) => (await (await caches.open(n)).keys()).map((r) => new URL(r.url).pathname)))).flat();
  });
  expect(kept).toContain('/');
  expect(kept.filter((path) => path !== '/' && !path.startsWith('/assets/'))).toEqual([]);
});

test('of a thousand rows only those looked at are drawn', async ({ page, signIn }) => {
  await signIn('custodian');
  const row = ((await (await page.request.get('/api/recordings?limit=1')).json()) as { items: object[] }).items[0]!;
  const items = Array.from({ length: 1000 }, (_, i) => ({ ...row, id: `r${i}`, title: `第${i}件` }));
  await page.route('**/api/recordings?*', (route) => route.fulfill({ json: { items, next: null, total: 1000 } }));
  await settled(page, '/recordings');
  await expect(page.getByRole('link', { name: '第0件' })).toBeVisible();
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await expect(page.getByRole('link', { name: '第999件' })).toBeVisible();
  await expect(page.getByRole('link', { name: '第0件' })).toHaveCount(0);
  expect(await page.locator('tbody tr').count()).toBeLessThan(100);
});

test.describe('on an intranet without TLS', () => {
  test.use({ url: async ({}, use) => use(process.env.TIEZHENG_URL!.replace('127.0.0.1', 'tiezheng.test')) });

  test('signing in, writing and proving work without WebCrypto', async ({ page }) => {
    await page.goto('/sign-in?next=%2Frecordings');
    expect(await page.evaluate(() => window.isSecureContext)).toBe(false);
    await page.getByRole('button', { name: /保管人/ }).first().click();
    await page.locator('.recording-link').first().click();
    await page.getByRole('button', { name: '核验原件' }).click(); // a write: passes the server's check of the origin
    await expect(page.getByRole('dialog')).toContainText('原件完好');
    await page.keyboard.press('Escape');
    const sealed = page.locator('#custody').getByRole('listitem').filter({ hasText: '封存入库' }).first();
    await sealed.getByRole('button', { name: '验证' }).click();
    await expect(sealed.getByRole('status')).toContainText('已验证');
    await sealed.getByText('验证过程').click();
    await expect(sealed.getByText('不提供 WebCrypto')).toBeVisible();
  });
});
