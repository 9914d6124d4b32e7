/** What every journey needs: the running demo, a way in, and a watch on what the pages do behind our back. */
import { test as base, expect, type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export { expect };
type Role = 'officer' | 'custodian' | 'unit_head' | 'leader' | 'legal_office' | 'judicial_bureau' | 'system_admin' | 'security_admin' | 'audit_admin';

export const test = base.extend<{ url: string; signIn: (role: Role) => Promise<void>; watch: void }>({
  url: async ({}, use) => use(process.env.TIEZHENG_URL!),
  baseURL: async ({ url }, use) => use(url),
  /** The first account of that role; in the demo these belong to the same agency. */
  signIn: async ({ page, url }, use) => {
    await use(async (role) => {
      const { demo } = (await (await page.request.get(`${url}/api/about`)).json()) as { demo: { password: string; accounts: { account: string; role: string }[] } };
      const { account } = demo.accounts.find((a) => a.role === role)!;
      const answer = await page.request.post(`${url}/api/session`, { data: { account, password: demo.password } });
      expect(answer.status()).toBe(200);
    });
  },
  /** No page ever asks another host, throws, or breaks the content security policy. */
  watch: [async ({ page, url }, use) => {
    const wrong: string[] = [];
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${url}/`)) wrong.push(`asks ${request.url()}`);
    });
    page.on('pageerror', (error) => wrong.push(`throws ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy|Minified React|Warning:/.test(message.text())) wrong.push(message.text());
    });
    await use();
    expect(wrong).toEqual([]);
  }, { auto: true }],
});

const films = mkdtempSync(join(tmpdir(), 'tiezheng-films-'));
/** A film of the wanted codec. `salt` makes its bytes different from any other. */
export function film(name: string, codec: 'hevc' | 'h264', seconds: number, salt: string): string {
  const path = join(films, name);
  const coder = codec === 'hevc' ? ['-c:v', 'libx265', '-x265-params', 'log-level=error', '-tag:v', 'hvc1'] : ['-c:v', 'libx264'];
  execFileSync('ffmpeg', [
    '-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=25:duration=${seconds}`, '-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`,
    ...coder, '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-metadata', `comment=${salt}`, '-movflags', '+faststart+use_metadata_tags', '-shortest', path,
  ]);
  return path;
}

/** Chooses one entry of a select box that asks the server while somebody types. */
export async function choose(page: Page, label: string, text: string) {
  const box = page.getByRole('combobox', { name: label });
  await box.click();
  await box.fill(text);
  await page.locator('.ant-select-item-option', { hasText: text }).first().click();
}
