// The page against an emulator of the providers that we did not write, from another origin: every wire format,
// through the browser's own fetch and its rules for other origins.
import { compose, expect, provide, start, test } from './harness.mjs';

const key = 'invented-key-for-the-emulator';

/** The formats: how the page names the provider, a model, the path that is asked, and what a test of it says. */
const FORMATS = [
  { label: 'OpenAI', provider: 'openai', model: 'gpt-5.2-pro', path: '/v1/responses' },
  { label: 'Anthropic', provider: 'anthropic', model: 'claude-sonnet-4-20250514', path: '/v1/messages' },
  {
    label: 'Google Gemini',
    provider: 'gemini',
    model: 'gemini-2.5-flash',
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
    // The emulator has no list in this format.
    verdict: 'Not found',
  },
  { label: 'Cohere', provider: 'cohere', model: 'command-a-03-2025', path: '/v2/chat' },
  { label: 'Ollama', provider: 'ollama', model: 'llama3.2:latest', path: '/api/chat', keyless: true },
  { label: 'OpenAI-compatible', provider: 'openai-compatible', model: 'local', path: '/v1/chat/completions', keyless: true },
];

/** Gives every provider the emulator's address. */
async function provideAll(page, aimock, also = async () => {}) {
  await page.goto('');
  for (const { label, keyless, verdict } of FORMATS) {
    const service = await provide(page, label, { baseUrl: aimock, key: keyless ? undefined : key });
    await also(service, verdict);
  }
  await page.getByRole('link', { name: 'New' }).click();
}

test.describe('every wire format', () => {
  test.use({ expectedErrors: [[/Failed to load resource: the server responded with a status of 404/], { option: true }] });

  test('lists its models and deliberates in the browser', async ({ page, aimock }) => {
    test.setTimeout(120_000);
    await provideAll(page, aimock, async (service, verdict = 'Connected') => {
      await service.getByRole('button', { name: 'Test' }).click();
      await expect(service).toContainText(verdict);
    });
    const goal = `How should a team of three begin to measure the quality of its releases (${Date.now()})?`;
    await compose(page, { goal, members: FORMATS.map(({ label, ...member }) => ({ ...member, name: `By ${label}` })) });
    await start(page);

    const answer = page.getByRole('region', { name: 'Final answer' });
    await expect(answer).toContainText('Begin with the smallest step that can be undone', { timeout: 90_000 });
    // What went over the wire arrived whole, whatever its script.
    await expect(answer).toContainText('你好, olá included.');

    // Every member took part in every round, at the first try: none asked twice, all from a page.
    const journal = await (await fetch(`${aimock}/__aimock/journal`)).json();
    const calls = journal.filter((entry) => JSON.stringify(entry.body ?? '').includes(goal) && entry.headers.origin);
    const paths = calls.map((entry) => entry.path.split('?')[0]);
    expect(paths).toHaveLength(3 * FORMATS.length + 1);
    expect(new Set(paths)).toEqual(new Set(FORMATS.map(({ path }) => path)));
  });
});

test.describe('errors', () => {
  test.use({ expectedErrors: [[/Failed to load resource: the server responded with a status of 4/], { option: true }] });

  test('are shown with what to do', async ({ page, aimock }) => {
    test.setTimeout(90_000);
    await provideAll(page, aimock);
    const faults = {
      openai: ['fail-401', 'does not accept the key'],
      anthropic: ['too-long', 'longer than the model can read'],
      gemini: ['fail-403', 'does not allow this request'],
      cohere: ['fail-404', 'does not know this model or address'],
      // What Ollama lacks can be had.
      ollama: ['fail-404', 'get it on that machine with: ollama pull'],
      'openai-compatible': ['too-long', 'longer than the model can read'],
    };
    const members = FORMATS.map(({ label, provider, model }) => {
      const [fault, words] = faults[provider];
      return { name: `By ${label}`, provider, model: `${model}-${fault}`, words };
    });
    await compose(page, { goal: 'What goes wrong?', members });
    await start(page);
    await expect(page.getByText('There is no answer.')).toBeVisible({ timeout: 60_000 });
    for (const { name, words } of members) {
      await expect(page.getByRole('article', { name, exact: true })).toContainText(words);
    }
    await expect(page.locator('body')).not.toContainText(key);
  });
});
