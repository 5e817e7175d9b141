// What the first visit costs: requests, origins, and bytes as a static host with brotli would send them.
import { brotliCompressSync, constants } from 'node:zlib';
import { expect, test } from './harness.mjs';

const LIMIT_BYTES = 200_000;
const LIMIT_REQUESTS = 8;

/** Bytes at the quality that a host compresses static files with, once. */
const brotli = (body) =>
  brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } }).length;

test('the first load is small, in few requests, all from one origin', async ({ page, baseURL, request }) => {
  const urls = new Set();
  page.on('request', (asked) => urls.add(asked.url()));
  await page.goto('');
  await expect(page.getByRole('textbox', { name: 'Goal' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  // Headless browsers do not always ask for the icon; people's browsers do.
  for (const href of await page.locator('link[rel~="icon"]').evaluateAll((links) => links.map((link) => link.href))) {
    urls.add(href);
  }

  const rows = [];
  for (const url of urls) {
    if (new URL(url).protocol === 'data:') continue;
    const body = await (await request.get(url)).body();
    rows.push({ file: new URL(url).pathname.split('/').pop() || 'index.html', raw: body.length, brotli: brotli(body) });
  }
  const total = rows.reduce((sum, row) => sum + row.brotli, 0);
  console.table(rows);
  console.log(`first load: ${total} of ${LIMIT_BYTES} bytes brotli (${(total / LIMIT_BYTES).toFixed(2)}), ${rows.length} of ${LIMIT_REQUESTS} requests`);

  expect(total).toBeLessThanOrEqual(LIMIT_BYTES);
  expect(rows.length).toBeLessThanOrEqual(LIMIT_REQUESTS);
  const origins = [...urls].map((url) => new URL(url)).filter((url) => url.protocol !== 'data:').map((url) => url.origin);
  expect(new Set(origins)).toEqual(new Set([new URL(baseURL).origin]));
});
