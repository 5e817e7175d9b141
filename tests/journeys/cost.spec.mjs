// What is paid: the estimate before, the sum while it runs and after it, the cap, and the figures of past runs.
import { compose, expect, start, test } from './harness.mjs';

const GOAL = 'Should the library open on Sundays?';
const members = (scripted) => [
  { name: 'First', provider: 'openai', model: 'gpt-4.1', baseUrl: scripted },
  { name: 'Second', provider: 'openai', model: 'gpt-4o-mini', baseUrl: scripted },
  { name: 'Third', provider: 'openai', model: 'gpt-4o', baseUrl: scripted },
];
const DOLLARS = /\$0\.\d+/;

/** The form with prices: the whole app, as it is after another page. */
async function form(page, scripted) {
  await page.goto('#/providers');
  await page.getByRole('link', { name: 'New' }).click();
  await compose(page, { goal: GOAL, members: members(scripted) });
}

test('the cost is foreseen, counted, and kept', async ({ page, scripted }) => {
  await form(page, scripted);
  const foreseen = page.getByRole('complementary', { name: 'What will happen' });
  await expect(foreseen).toContainText(/Cost\s*≈ \$\d+\.\d+ to \$\d+\.\d+/);
  await start(page);
  const answer = page.getByRole('region', { name: 'Final answer' });
  await expect(answer).toBeVisible({ timeout: 45_000 });
  await expect(page.getByRole('region', { name: 'Figures', exact: true })).toContainText(DOLLARS);

  await page.getByRole('link', { name: 'Providers' }).click();
  const analytics = page.getByRole('region', { name: 'Analytics' });
  await expect(analytics).toContainText('1 session');
  const row = analytics.getByRole('row', { name: /openai\/gpt-4\.1/ });
  await expect(row).toContainText('good');
  await expect(row).toContainText(DOLLARS);
  // After a reload the same stands there: it comes from what is kept.
  const before = await row.innerText();
  await page.reload();
  await expect(row).toHaveText(before.replaceAll('\t', ''));
});

test('a cap ends it with what there is, and says so', async ({ page, scripted }) => {
  await form(page, scripted);
  await page.getByText('Advanced').click();
  await page.getByLabel('Most to spend').fill('much');
  await start(page);
  await expect(page.getByRole('alert')).toContainText('such as 0.50');
  await page.getByLabel('Most to spend').fill('0.10');
  await start(page);
  await expect(page.getByRole('main')).toContainText('The cap is reached', { timeout: 45_000 });
  await expect(page.getByRole('main')).toContainText(/The cap of \$0\.10 is reached|Final answer/);
});

test('a cap on money is refused where a price is unknown', async ({ page, scripted }) => {
  await form(page, scripted);
  const place = page.getByRole('group').filter({ has: page.getByLabel('Provider') }).first();
  await place.getByLabel('Model').fill('nobody-knows-it');
  await expect(page.getByRole('complementary', { name: 'What will happen' })).toContainText('1 member of unknown price');
  await page.getByText('Advanced').click();
  await page.getByLabel('Most to spend').fill('5');
  await start(page);
  await expect(page.getByRole('alert')).toContainText('nobody knows what openai/nobody-knows-it costs');
});
