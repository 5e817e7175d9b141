// Deliberations against a scripted server from another origin: three dialects, a reload in the middle, and the
// test of a provider before anything is spent.
import { compose, everythingKept, expect, provide, start, test } from './harness.mjs';

const GOAL = 'Should the library open on Sundays?';

/** The asks that the server answered, by what was asked. */
async function asks(server) {
  const log = await (await fetch(`${server}/__log`)).json();
  return log.filter(({ method, kind }) => method === 'POST' && kind);
}

test('three providers deliberate to an answer', async ({ page, scripted }) => {
  test.setTimeout(120_000);
  await page.goto('');
  await provide(page, 'Anthropic', { baseUrl: scripted, key: 'sk-canary-anthropic' });
  await provide(page, 'Ollama', { baseUrl: scripted });
  await page.getByRole('link', { name: 'New' }).click();
  await compose(page, {
    goal: GOAL,
    members: [
      { name: 'First', provider: 'anthropic', model: 'steady' },
      { name: 'Second', provider: 'openai-compatible', model: 'steady', baseUrl: scripted },
      { name: 'Third', provider: 'ollama', model: 'steady' },
    ],
  });
  await start(page);
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 60_000 });
  const paths = new Set((await asks(scripted)).map(({ path }) => path));
  expect(paths).toEqual(new Set(['/v1/messages', '/v1/chat/completions', '/api/chat']));
  // The key is nowhere in what the browser keeps or shows.
  const kept = await everythingKept(page);
  expect(kept).toContain(GOAL);
  expect(kept).not.toContain('sk-canary');
});

test('a reload loses nothing, and Continue asks nobody twice', async ({ page, scripted }) => {
  test.setTimeout(120_000);
  await page.goto('');
  await compose(page, {
    goal: GOAL,
    members: ['One', 'Two', 'Three'].map((name, seat) => ({
      name,
      provider: 'openai-compatible',
      model: `pace-200-${40 + seat}-20`,
      baseUrl: scripted,
    })),
  });
  await start(page);
  await expect(page.getByRole('region', { name: 'Round 2: Critique' })).toBeVisible({ timeout: 40_000 });
  await page.reload();

  // Nothing restarts by itself; what was there is shown.
  await expect(page.getByRole('button', { name: 'Continue' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Round 1: Draft' }).getByRole('article')).toHaveCount(3);
  const before = (await asks(scripted)).length;
  await page.waitForTimeout(1_500);
  expect((await asks(scripted)).length).toBe(before);

  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 60_000 });
  // The page may be through with the last answer a moment before the server is.
  await expect.poll(async () => (await asks(scripted)).some(({ outcome }) => outcome === 'open')).toBe(false);
  const completed = (await asks(scripted)).filter(({ outcome }) => outcome === 'completed');
  const names = completed.map(({ model, prompt_hash }) => `${model} ${prompt_hash}`);
  expect(new Set(names).size).toBe(names.length);
});

test('Stop ends the calls at once, and the session can be continued', async ({ page, scripted }) => {
  test.setTimeout(90_000);
  await page.goto('');
  await compose(page, {
    goal: GOAL,
    members: ['One', 'Two'].map((name) => ({
      name,
      provider: 'openai-compatible',
      model: 'pace-100-200-20',
      baseUrl: scripted,
    })),
  });
  // Otherwise a local server is asked one by one.
  await page.getByText('Advanced').click();
  await page.getByLabel('Calls at once').fill('2');
  await start(page);
  await expect.poll(async () => (await asks(scripted)).length).toBe(2);
  await page.getByRole('button', { name: 'Stop' }).filter({ visible: true }).first().click();
  await expect(page.getByRole('button', { name: 'Continue' }).filter({ visible: true }).first()).toBeVisible();
  await expect
    .poll(async () => (await asks(scripted)).map(({ outcome }) => outcome))
    .toEqual(['client_disconnected', 'client_disconnected']);
});

test.describe('Test says what is wrong, and what to do', () => {
  // An option whose value is a list has to be wrapped, or the list would be taken for value and settings.
  test.use({ expectedErrors: [[/Failed to load resource/, /CORS policy/, /ERR_/], { option: true }] });

  test('by provider', async ({ page, scripted }) => {
    await page.goto('');
    const verdict = async (label, access, text) => {
      const service = await provide(page, label, access);
      await service.getByRole('button', { name: 'Test' }).click();
      await expect(service).toContainText(text, { timeout: 15_000 });
    };
    await verdict('Anthropic', { baseUrl: scripted, key: 'good' }, /steady|models/i);
    await verdict('Anthropic', { baseUrl: scripted, key: 'wrong' }, /wrong|refused|not accepted/i);
    await verdict('OpenAI', { baseUrl: `${scripted}/hidden-401/v1`, key: 'wrong' }, /wrong key or CORS/i);
    await verdict('Ollama', { baseUrl: `${scripted}/ollama-strict` }, /OLLAMA_ORIGINS/);
  });
});

test('a key goes to another address only when somebody says so', async ({ page, allowedOrigins }) => {
  const elsewhere = 'https://elsewhere.example';
  allowedOrigins.add(elsewhere);
  const keys = [];
  await page.route(`${elsewhere}/**`, async (route) => {
    if (route.request().method() === 'GET') keys.push(await route.request().headerValue('authorization'));
    const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization, content-type' };
    await route.fulfill({ headers, json: { data: [{ id: 'steady' }] } });
  });
  await page.goto('');
  const service = await provide(page, 'OpenAI', { key: 'sk-canary-openai' });
  await provide(page, 'OpenAI', { baseUrl: elsewhere });
  await expect(service).toContainText('Your key for OpenAI was not given for https://elsewhere.example.');
  await service.getByRole('button', { name: 'Test' }).click();
  await expect(service).toContainText('is not sent to https://elsewhere.example unasked');

  // A member that is asked there says it as well, and nothing starts.
  await page.getByRole('link', { name: 'New' }).click();
  await compose(page, { goal: GOAL, members: [1, 2].map(() => ({ provider: 'openai', model: 'steady' })) });
  await start(page);
  await expect(page.getByRole('alert')).toContainText('is not sent to https://elsewhere.example unasked');
  expect(keys).toEqual([]);

  await page.getByRole('button', { name: 'Send it there' }).first().click();
  await expect(page.getByRole('button', { name: 'Send it there' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Providers' }).click();
  await service.getByRole('button', { name: 'Test' }).click();
  await expect(service).toContainText('Connected');
  expect(keys).toEqual(['Bearer sk-canary-openai']);

  // A key that is typed while the address stands there is for that address.
  await service.getByLabel('Base URL').fill('https://another.example');
  await service.getByLabel('Base URL').blur();
  await expect(service.getByRole('button', { name: 'Send it there' })).toBeVisible();
  await service.getByLabel('API key').fill('sk-canary-another');
  await expect(service.getByRole('button', { name: 'Send it there' })).toHaveCount(0);

  // What a member falls back to is asked about as well.
  await page.getByRole('link', { name: 'New' }).click();
  const place = page.getByRole('group').filter({ has: page.getByLabel('Provider') }).first();
  await place.getByText('Other models').click();
  await place.getByLabel('Falls back to').fill('openai/steady@https://third.example');
  await expect(place).toContainText('Your key for OpenAI was not given for https://third.example.');
});
