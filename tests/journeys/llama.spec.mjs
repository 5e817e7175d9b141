// The page against llama-server, which we did not write, from another origin and in its three wire formats. Its model
// talks nonsense, which must end as what it is.
import { compose, expect, provide, start, test } from './harness.mjs';

const GOAL = 'Should we rewrite it?';

/** The three formats of one server, with addresses given. */
async function provideAll(page, { many }) {
  await page.goto('');
  for (const label of ['OpenAI', 'Anthropic', 'OpenAI-compatible']) {
    const service = await provide(page, label, { baseUrl: many, key: 'invented-key' });
    await service.getByRole('button', { name: 'Test' }).click();
    await expect(service).toContainText('1 model');
  }
  await page.getByRole('link', { name: 'New' }).click();
}

/** Long enough for one vote, which no nonsense passes. */
async function fourRounds(page) {
  await page.getByText('Advanced').click();
  await page.getByLabel('Most rounds').fill('4');
}

const members = [
  { name: 'Chat', provider: 'openai-compatible', model: 'tiny-random' },
  { name: 'Responses', provider: 'openai', model: 'gpt-5.2-pro' },
  { name: 'Messages', provider: 'anthropic', model: 'claude-3-5-sonnet-20241022' },
];

test('nonsense in three formats is listed, streamed, and ends without agreement', async ({ page, llama }) => {
  test.setTimeout(120_000);
  await provideAll(page, llama);
  await compose(page, { goal: GOAL, members });
  await fourRounds(page);
  await start(page);
  await expect(page.getByText(/^No agreement after 4 rounds/)).toBeVisible({ timeout: 90_000 });
  await expect(page.getByRole('region', { name: 'Round 1: Draft' }).getByRole('article')).toHaveCount(3);
  // No judgement comes out of nonsense, and none is made up.
  const vote = page.getByRole('region', { name: 'Round 4: Convergence' });
  await expect(vote).toContainText('not enough votes to count');
  await expect(vote.getByText('Counted as an abstention.')).toHaveCount(3);
});

test('two members wait for one slot, with a key, and both are answered', async ({ page, llama }) => {
  test.setTimeout(120_000);
  await page.goto('');
  await provide(page, 'llama.cpp', { baseUrl: llama.one, key: llama.key });
  await page.getByRole('link', { name: 'New' }).click();
  await compose(page, { goal: GOAL, members: ['One', 'Two'].map((name) => ({ name, provider: 'llama-cpp', model: 'any' })) });
  await fourRounds(page);
  // The page lets both ask at once: it is the server that makes one wait.
  await page.getByLabel('Calls at once').fill('2');
  await start(page);
  await expect(page.getByText(/^No agreement after 4 rounds/)).toBeVisible({ timeout: 90_000 });
  await expect(page.getByRole('region', { name: 'Round 1: Draft' }).getByRole('article')).toHaveCount(2);
});

test.describe('errors', () => {
  test.use({ expectedErrors: [[/Failed to load resource: the server responded with a status of 40[01]/], { option: true }] });

  test('a wrong key and too long a prompt are said to be that', async ({ page, llama }) => {
    test.setTimeout(90_000);
    await provideAll(page, llama);
    await provide(page, 'llama.cpp', { baseUrl: llama.one, key: 'wrong' });
    const service = page.getByRole('region', { name: 'llama.cpp', exact: true });
    await service.getByRole('button', { name: 'Test' }).click();
    await expect(service).toContainText('Wrong key');

    await page.getByRole('link', { name: 'New' }).click();
    await compose(page, { goal: 'measure the risk '.repeat(4_000), members });
    await start(page);
    await expect(page.getByText('There is no answer.')).toBeVisible({ timeout: 60_000 });
    for (const { name } of members) {
      await expect(page.getByRole('article', { name, exact: true })).toContainText('longer than the model can read');
    }
  });
});
