// What is paid: the estimate before, the sum while it runs and after it, the cap, and the figures of past runs.
import { createRequire } from 'node:module';
import { compose, expect, provide, start, test } from './harness.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core');

const GOAL = 'Should the library open on Sundays?';
const members = [
  { name: 'First', provider: 'openai', model: 'gpt-4.1' },
  { name: 'Second', provider: 'openai', model: 'gpt-4o-mini' },
  { name: 'Third', provider: 'openai', model: 'gpt-4o' },
];
const DOLLARS = /\$0\.\d+/;

/** What an audit finds, on a wide screen and on a phone, light and dark. */
async function audited(page, what) {
  for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 780 }]) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate(async () => {
        const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
        return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
      });
      expect.soft(found, `${what}, ${viewport.width} px, ${colorScheme}`).toEqual([]);
    }
  }
}

/** The form with prices: the whole app, as it is after another page. */
async function form(page, scripted) {
  await page.goto('');
  await provide(page, 'OpenAI', { baseUrl: scripted });
  await page.getByRole('link', { name: 'New' }).click();
  await compose(page, { goal: GOAL, members });
}

test('the first screen foresees the cost before anything else is loaded', async ({ page }) => {
  await page.route('**/tachikoma-whole*', (route) => route.abort());
  await page.goto('');
  await compose(page, { goal: GOAL, members });
  await expect(page.getByRole('complementary', { name: 'What will happen' })).toContainText(/Cost\s*≈ \$\d+\.\d+ to \$\d+\.\d+/);
});

test('a price of one\'s own goes before the table, and stays', async ({ page }) => {
  await page.addInitScript({ path: AXE });
  await page.goto('#/providers');
  const own = page.getByRole('region', { name: 'Prices of your own' });
  await own.getByLabel('Provider and model').fill('openai/gpt-4.1');
  await own.getByLabel('Price of prompts').fill('much');
  await own.getByLabel('Price of answers').fill('2000');
  await own.getByRole('button', { name: 'Set price' }).click();
  await expect(own.getByRole('alert')).toContainText('such as 2.50');
  await own.getByLabel('Price of prompts').fill('500');
  await own.getByRole('button', { name: 'Set price' }).click();
  await expect(own.getByRole('row', { name: /openai\/gpt-4\.1/ })).toContainText('$500.00');
  await audited(page, 'prices of one\'s own');
  await page.reload();
  await page.getByRole('link', { name: 'New' }).click();
  await compose(page, { goal: GOAL, members });
  const foreseen = page.getByRole('complementary', { name: 'What will happen' });
  await expect(foreseen).toContainText(/Cost\s*≈ \$\d+\.\d+ to \$[1-9]\d+\.\d+/);
  await page.getByRole('link', { name: 'Providers' }).click();
  await own.getByRole('button', { name: 'Remove the price of openai/gpt-4.1' }).click();
  await expect(own.getByRole('row')).toHaveCount(0);
});

test('the cost is foreseen, counted, and kept', async ({ page, scripted }) => {
  await page.addInitScript({ path: AXE });
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
  await audited(page, 'Analytics with figures');
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
  // Enough for the small model's draft, and for no call of the two others.
  await page.getByLabel('Most to spend').fill('0.05');
  await start(page);
  await expect(page.getByRole('main')).toContainText('The cap is reached', { timeout: 45_000 });
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible();
});

test('a cap on money is refused where a price is unknown', async ({ page, scripted }) => {
  await form(page, scripted);
  const place = page.getByRole('group').filter({ has: page.getByLabel('Provider') }).first();
  await place.getByLabel('Provider').selectOption('openai-compatible');
  await place.getByLabel('Model').fill('nobody-knows-it');
  // A server on this machine would cost nothing. Nothing is sent there: it does not start.
  await place.getByLabel('Base URL').fill('https://gpu.example');
  await expect(page.getByRole('complementary', { name: 'What will happen' })).toContainText('1 member of unknown price');
  await page.getByText('Advanced').click();
  await page.getByLabel('Most to spend').fill('5');
  await start(page);
  await expect(page.getByRole('alert')).toContainText('nobody knows what openai-compatible/nobody-knows-it costs');
});
