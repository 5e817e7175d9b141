// Signing in at OpenRouter in a window of its own: the page stays, and what is secret is kept nowhere.
import { everythingKept, expect, provide, test as base, unfold } from './harness.mjs';
import { signInServer, signInService } from './sign-in-server.mjs';

const test = base.extend({
  /** Headers with which the service answers. */
  serviceHeaders: [{}, { option: true }],

  /** A service of this journey's own, and the row of OpenRouter with its address. */
  service: async ({ page, allowedOrigins, serviceHeaders }, use) => {
    const server = await signInServer(serviceHeaders);
    allowedOrigins.add(server.address);
    await page.goto('');
    const row = await provide(page, 'OpenRouter', { baseUrl: `${server.address}/api/v1` });
    await use({ ...server, row });
    await server.stop();
  },
});

/** Presses the button, and gives the window that opens once it shows the service. */
async function begin(page, row) {
  const [opened] = await Promise.all([
    page.waitForEvent('popup'),
    row.getByRole('button', { name: 'Sign in with OpenRouter' }).click(),
  ]);
  await expect(opened.getByRole('heading', { name: 'Allow?' })).toBeVisible();
  return opened;
}

const choose = (opened, name) => opened.getByRole('link', { name, exact: true }).click();

/** The window has closed itself. */
const closed = (opened) => expect.poll(() => opened.isClosed()).toBe(true);

for (const [how, serviceHeaders] of [
  ['', {}],
  [', also where the service cuts its window loose', { 'cross-origin-opener-policy': 'same-origin' }],
]) {
  test.describe(`signing in${how}`, () => {
    test.use({ serviceHeaders });

    test('gives a key that is used and kept in memory alone', async ({ page, context, service }) => {
      const { row, log } = service;
      const urls = [];
      context.on('request', (request) => urls.push(request.url()));
      const anthropic = await provide(page, 'Anthropic', { key: 'canary-key-typed' });

      const opened = await begin(page, row);
      expect(await opened.evaluate(() => window.opener)).toBe(null);
      await choose(opened, 'Allow');
      await expect(row).toContainText('Signed in.');
      await closed(opened);
      await expect(row.locator('summary')).toContainText('has a key');
      await row.getByRole('button', { name: 'Test' }).click();
      await expect(row).toContainText('some/model');
      expect(log.bearers).toEqual(log.keys);

      // The page was never left: the key that was typed before is still there.
      await expect(anthropic.locator('summary')).toContainText('has a key');

      const [{ code, code_verifier: verifier }] = log.trades;
      const [key] = log.keys;
      const kept = await everythingKept(page);
      for (const secret of [key, code, verifier]) expect(kept).not.toContain(secret);
      expect(urls.filter((url) => url.includes(key) || url.includes(verifier))).toEqual([]);
      expect(urls.filter((url) => url.includes(code)).map((url) => new URL(url).pathname.split('/').pop())).toEqual([
        'signed-in.html',
      ]);
    });
  });
}

test('a window that is closed can be opened again', async ({ page, service }) => {
  const { row, log } = service;
  await (await begin(page, row)).close();
  await expect(row).toContainText('The window is closed.');
  await choose(await begin(page, row), 'Allow');
  await expect(row).toContainText('Signed in.');
  expect(log.trades).toHaveLength(1);
});

test('a second window takes the place of the first', async ({ page, service }) => {
  const first = await begin(page, service.row);
  const second = await begin(page, service.row);
  await choose(second, 'Allow');
  await expect(service.row).toContainText('Signed in.');
  // What the first brings later is of no use any more.
  await choose(first, 'Allow');
  await expect(first.getByRole('status')).toContainText('No page waits for this sign-in');
  expect(service.log.trades).toHaveLength(1);
});

test("an answer to somebody else's sign-in is not taken", async ({ page, service }) => {
  const { row, log } = service;
  const opened = await begin(page, row);
  await choose(opened, "Allow somebody else's");
  await expect(opened.getByRole('status')).toContainText('No page waits for this sign-in');
  // What it brought is out of the address.
  expect(new URL(opened.url()).search).toBe('');
  await expect(row).toContainText('Waiting for');
  expect(log.trades).toEqual([]);
  await expect(row.locator('summary')).toContainText('needs a key');
});

test('an answer is taken once', async ({ page, context, service }) => {
  const { row, log } = service;
  const opened = await begin(page, row);
  const back = await opened.getByRole('link', { name: 'Allow', exact: true }).getAttribute('href');
  await choose(opened, 'Allow');
  await expect(row).toContainText('Signed in.');
  const again = await context.newPage();
  await again.goto(back);
  await expect(again.getByRole('status')).toContainText('No page waits for this sign-in');
  expect(log.trades).toHaveLength(1);
});

test('a refusal is told', async ({ page, service }) => {
  const opened = await begin(page, service.row);
  await choose(opened, 'Deny');
  await expect(service.row).toContainText('OpenRouter gave no access (access_denied).');
  await closed(opened);
});

test('a blocked window is told', async ({ page, service }) => {
  await page.evaluate(() => (window.open = () => null));
  await service.row.getByRole('button', { name: 'Sign in with OpenRouter' }).click();
  await expect(service.row).toContainText('The browser blocked the window.');
});

test('nobody is waited for longer than ten minutes', async ({ page, service }) => {
  await page.clock.install();
  const opened = await begin(page, service.row);
  await page.clock.runFor('09:50');
  await expect(service.row).toContainText('Waiting for');
  await page.clock.runFor('00:15');
  await expect(service.row).toContainText('longer than ten minutes');
  expect(service.log.trades).toEqual([]);
  await opened.close();
});

test.describe('when there is no key for the code', () => {
  // An option whose value is a list has to be wrapped, or the list would be taken for value and settings.
  test.use({ expectedErrors: [[/Failed to load resource/], { option: true }] });

  test('the page says so, and repeats nothing secret', async ({ page, service }) => {
    const { row, log } = service;
    await choose(await begin(page, row), 'Allow with a code that is used up');
    await expect(row).toContainText('OpenRouter gave no key.');
    await expect(row).toContainText('Invalid code or code_verifier: …');
    const kept = await everythingKept(page);
    for (const secret of [log.trades[0].code, log.trades[0].code_verifier]) expect(kept).not.toContain(secret);
    await expect(row.locator('summary')).toContainText('needs a key');
  });
});

test("without another address it is OpenRouter's own", async ({ page, context, allowedOrigins }) => {
  const { answer, log } = signInService();
  const origin = 'https://openrouter.ai';
  allowedOrigins.add(origin);
  await context.route(`${origin}/**`, (route) => {
    const request = route.request();
    return route.fulfill(answer(request.method(), request.url(), request.headers().authorization, request.postData()));
  });
  await page.goto('#/providers');
  const row = await unfold(page, 'OpenRouter');
  const opened = await begin(page, row);
  expect(opened.url()).toContain(`${origin}/auth?callback_url=`);
  await choose(opened, 'Allow');
  await expect(row).toContainText('Signed in.');
  expect(log.keys).toHaveLength(1);
});
