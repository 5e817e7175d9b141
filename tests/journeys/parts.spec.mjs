// The page comes in two parts: the form, and the whole app that takes over from it.
import { compose, expect, provide, test } from './harness.mjs';

const WHOLE = '**/tachikoma-whole*';

test('the rest is fetched when somebody begins, not before', async ({ page }) => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const rest = () => asked.filter((url) => url.includes('tachikoma-whole')).length;
  await page.goto('');
  const goal = page.getByRole('textbox', { name: 'Goal' });
  await expect(goal).toBeVisible();
  await page.waitForLoadState('networkidle');
  expect(rest()).toBe(0);
  await goal.pressSequentially('A');
  await expect.poll(rest).toBeGreaterThan(0);
});

test('at any other address only the whole app is opened', async ({ page }) => {
  await page.goto('#/providers');
  await expect(page.getByRole('region', { name: 'Anthropic', exact: true })).toBeVisible();
  await expect(page.getByRole('banner')).toHaveCount(1);
});

test('whoever goes from page to page before the rest is there ends at the last one', async ({ page }) => {
  let arrive;
  const held = new Promise((resolve) => (arrive = resolve));
  await page.route(WHOLE, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('');
  await page.getByRole('link', { name: 'Providers' }).click();
  await expect(page.getByRole('status', { name: 'Loading' })).toBeVisible();
  await page.getByRole('link', { name: 'New' }).click();
  await expect(page.getByRole('textbox', { name: 'Goal' })).toBeVisible();
  await page.getByRole('link', { name: 'History' }).click();
  await expect(page.getByRole('status', { name: 'Loading' })).toBeVisible();
  arrive();
  await expect(page.getByRole('heading', { name: 'History', level: 1 })).toBeVisible();
  await expect(page.getByRole('banner')).toHaveCount(1);
});

for (const storage of ['kept', 'refused']) {
  test(`what was typed is there when the whole app takes over, with storage ${storage}`, async ({ page, scripted }) => {
    if (storage === 'refused') {
      await page.addInitScript(() => {
        Object.defineProperty(window, 'localStorage', {
          get: () => {
            throw new DOMException('refused', 'SecurityError');
          },
        });
      });
    }
    await page.goto('');
    await compose(page, {
      goal: 'Keep this.',
      members: ['One', 'Two'].map((name) => ({ name, provider: 'openai-compatible', model: 'steady', baseUrl: scripted })),
    });
    await page.getByRole('textbox', { name: 'Constraints' }).fill('And this.');
    await provide(page, 'Ollama', { baseUrl: scripted });
    await page.getByRole('link', { name: 'New' }).click();
    await expect(page.getByRole('textbox', { name: 'Goal' })).toHaveValue('Keep this.');
    await expect(page.getByRole('textbox', { name: 'Constraints' })).toHaveValue('And this.');
    for (const name of ['One', 'Two']) {
      const place = page.getByRole('group', { name });
      await expect(place.getByLabel('Model')).toHaveValue('steady');
      await expect(place.getByLabel('Base URL')).toHaveValue(scripted);
    }
    await expect(page.getByRole('banner')).toHaveCount(1);
  });
}

test.describe('when the rest cannot be fetched', () => {
  test.use({ expectedErrors: [[/Failed to load resource/], { option: true }] });

  test('the page says so, loses nothing, and tries again', async ({ page }) => {
    await page.route(WHOLE, (route) => route.abort());
    await page.goto('');
    await page.getByRole('textbox', { name: 'Goal' }).fill('Keep this.');
    await page.getByRole('button', { name: 'Try the demo' }).click();
    await expect(page.getByRole('alert')).toContainText('The rest of this page could not be loaded');
    await page.getByRole('link', { name: 'History' }).click();
    await expect(page.getByRole('heading', { name: 'This page is not here yet' })).toBeVisible();
    await page.unroute(WHOLE);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('heading', { name: 'History', level: 1 })).toBeVisible();
    await page.getByRole('link', { name: 'New' }).click();
    await expect(page.getByRole('textbox', { name: 'Goal' })).toHaveValue('Keep this.');
  });
});
