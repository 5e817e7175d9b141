// `cargo xtask bench weight`: the bytes of the first visit, and of the rest that follows when somebody begins, as a
// static host with brotli would send them, beside the goal. A goal and no journey: a page that is too heavy still works.
import { brotliCompressSync, constants } from 'node:zlib';
import { firstLoad } from './first-load.mjs';
import { expect, test } from './harness.mjs';

const LIMIT_BYTES = 230_000;
/** What a comparable page, hollama 0.35.1, loads in all to show a chat: code and fonts. */
const PEER_BYTES = (624 + 432) * 1024;

/** Bytes at the quality that a host compresses static files with, once. */
const brotli = (body) =>
  brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } }).length;

test('the first load is small', async ({ page, request }) => {
  // The best quality of brotli takes its time.
  test.setTimeout(180_000);
  const weigh = async (urls) => {
    const rows = [];
    for (const url of urls) {
      const body = await (await request.get(url.href)).body();
      rows.push({ file: url.pathname.split('/').pop() || 'index.html', raw: body.length, brotli: brotli(body) });
    }
    console.table(rows);
    return { bytes: rows.reduce((sum, row) => sum + row.brotli, 0), requests: rows.length };
  };
  const first = await weigh(await firstLoad(page));
  const ratio = (bytes, of) => `${bytes} of ${of} bytes brotli, ratio ${(bytes / of).toFixed(2)}`;
  console.log(`first load: ${ratio(first.bytes, LIMIT_BYTES)}, in ${first.requests} requests`);

  const later = new Set();
  page.on('request', (asked) => later.add(asked.url()));
  await page.getByRole('button', { name: 'Try the demo' }).click();
  await expect(page.getByRole('button', { name: 'Stop' }).filter({ visible: true })).toBeVisible();
  const rest = await weigh([...later].map((url) => new URL(url)));
  console.log(`with the rest: ${ratio(first.bytes + rest.bytes, PEER_BYTES)} of the peer`);
  expect(first.bytes).toBeLessThanOrEqual(LIMIT_BYTES);
  expect(first.bytes + rest.bytes).toBeLessThanOrEqual(PEER_BYTES);
});
