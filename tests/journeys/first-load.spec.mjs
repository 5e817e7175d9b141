// The first visit: few requests, and none to anybody else.
import { firstLoad } from './first-load.mjs';
import { expect, test } from './harness.mjs';

const LIMIT_REQUESTS = 8;

test('the first load needs few requests, all to one origin', async ({ page, baseURL }) => {
  const urls = await firstLoad(page);
  expect(urls.length).toBeLessThanOrEqual(LIMIT_REQUESTS);
  expect(new Set(urls.map((url) => url.origin))).toEqual(new Set([new URL(baseURL).origin]));
});
