/** Every page, wide and narrow, in both languages: readable, within the screen, light, and only for those who may. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { gzipSync } from 'node:zlib';
import { expect, test } from './fixtures';

const PAGES = ['/', '/recordings', '/ingest', '/equipment', '/people', '/activities', '/rules', '/supervision'];
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
    test('one run of hand-in', async ({ page, signIn }) => {
      await signIn('custodian');
      await settled(page, '/ingest');
      await page.locator('a[href^="/ingest/"]').first().click();
      await page.waitForLoadState('networkidle');
      await expectReadable(page, '/ingest/$id');
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
