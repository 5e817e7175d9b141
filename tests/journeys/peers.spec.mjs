// The page against an emulator of the providers that we did not write, from another origin: three wire formats,
// through the browser's own fetch and its rules for other origins.
import { compose, expect, provide, start, test } from './harness.mjs';

test('three wire formats deliberate in the browser', async ({ page, aimock }) => {
  await page.goto('');
  await provide(page, 'Anthropic', { baseUrl: aimock, key: 'invented-key-for-the-emulator' });
  await provide(page, 'Ollama', { baseUrl: aimock });

  await page.getByRole('link', { name: 'New' }).click();
  const goal = 'How should a team of three begin to measure the quality of its releases?';
  await compose(page, {
    goal,
    members: [
      { name: 'First', provider: 'anthropic', model: 'claude-sonnet-4-20250514' },
      { name: 'Second', provider: 'openai-compatible', model: 'local', baseUrl: aimock },
      { name: 'Third', provider: 'ollama', model: 'llama3.2:latest' },
    ],
  });
  await start(page);

  const answer = page.getByRole('region', { name: 'Final answer' });
  await expect(answer).toContainText('Begin with the smallest step that can be undone', { timeout: 45_000 });
  // What went over the wire arrived whole, whatever its script.
  await expect(answer).toContainText('你好, olá included.');

  // Every member took part in every round, at the first try: ten calls, none repeated, in three formats.
  const journal = await (await fetch(`${aimock}/__aimock/journal`)).json();
  const calls = journal.filter((entry) => JSON.stringify(entry.body ?? '').includes(goal) && entry.headers.origin);
  const paths = calls.map((entry) => entry.path).sort();
  expect(paths).toHaveLength(10);
  expect(new Set(paths)).toEqual(new Set(['/api/chat', '/v1/chat/completions', '/v1/messages']));
});
