// `cargo xtask bench weight`: the bytes of the first visit, as a static host with brotli would send them, beside
// the goal. A goal and no journey: a page that is too heavy still works.
import { brotliCompressSync, constants } from 'node:zlib';
import { firstLoad } from './first-load.mjs';
import { expect, test } from './harness.mjs';

const LIMIT_BYTES = 200_000;

/** Bytes at the quality that a host compresses static files with, once. */
const brotli = (body) =>
  brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } }).length;

test('the first load is small', async ({ page, request }) => {
  // The best quality of brotli takes its time.
  test.setTimeout(180_000);
  const rows = [];
  for (const url of await firstLoad(page)) {
    const body = await (await request.get(url.href)).body();
    rows.push({ file: url.pathname.split('/').pop() || 'index.html', raw: body.length, brotli: brotli(body) });
  }
  const total = rows.reduce((sum, row) => sum + row.brotli, 0);
  console.table(rows);
  console.log(`first load: ${total} of ${LIMIT_BYTES} bytes brotli, ratio ${(total / LIMIT_BYTES).toFixed(2)}, in ${rows.length} requests`);
  expect(total).toBeLessThanOrEqual(LIMIT_BYTES);
});
