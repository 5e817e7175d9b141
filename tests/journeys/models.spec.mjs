// Models of a provider: found, shown, pulled, deleted, and chosen for a member.
import { compose, expect, provide, test, unfold } from './harness.mjs';

/** Ollama on the page Providers, tested. */
async function ollama(page, scripted) {
  await page.goto('');
  const service = await provide(page, 'Ollama', { baseUrl: scripted });
  await service.getByRole('button', { name: 'Test' }).click();
  await expect(service).toContainText('Connected');
  return service;
}

const entry = (service, name) => service.getByRole('listitem').filter({ has: service.page().getByText(name, { exact: true }) });

test('the list is searched, and a model is shown', async ({ page, scripted }) => {
  const service = await ollama(page, scripted);
  await expect(entry(service, 'steady')).toContainText('4k context · 2.0 GB · 3.2B · Q4_K_M · tools · loaded');
  await service.getByRole('searchbox', { name: 'Find' }).fill('THINK');
  await expect(service.getByRole('listitem')).toHaveCount(1);
  await expect(service.getByText(/^1 of \d+ models/)).toBeVisible();
  await service.getByRole('searchbox', { name: 'Find' }).fill('nothing like it');
  await expect(service.getByRole('listitem')).toHaveCount(0);
  await service.getByRole('searchbox', { name: 'Find' }).fill('steady');
  const steady = entry(service, 'steady');
  await steady.getByRole('button', { name: 'Show steady' }).click();
  await expect(steady).toContainText('128k (131,072 tokens)');
  await steady.getByRole('button', { name: 'Hide steady' }).click();
  await expect(steady).not.toContainText('131,072');
});

test('a model is pulled, and deleted after a question', async ({ page, scripted }) => {
  const service = await ollama(page, scripted);
  await service.getByLabel('Pull by name').fill('tiny');
  await service.getByLabel('Pull by name').press('Enter');
  await expect(service.getByText('tiny is here.')).toBeVisible();
  await expect(entry(service, 'tiny')).toBeVisible();

  const remove = entry(service, 'tiny').getByRole('button', { name: 'Delete tiny' });
  await remove.click();
  const dialog = page.getByRole('dialog', { name: 'Delete this model?' });
  await expect(dialog).toContainText('tiny is removed from Ollama');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(remove).toBeVisible();
  await remove.click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(remove).toBeHidden();
  const log = await (await fetch(`${scripted}/__log`)).json();
  expect(log.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
});

test('a pull shows how far it is, goes on elsewhere, and ends when it is cancelled', async ({ page, scripted }) => {
  const service = await ollama(page, scripted);
  await service.getByLabel('Pull by name').fill('huge');
  await service.getByRole('button', { name: 'Pull', exact: true }).click();
  const bar = service.getByRole('progressbar', { name: 'Pulled so far' });
  await expect(bar).toBeVisible();
  await expect(service.getByText(/ of 2\.0 GB$/)).toBeVisible();
  await page.getByRole('link', { name: 'History' }).click();
  await page.getByRole('link', { name: 'Providers' }).click();
  const again = await unfold(page, 'Ollama');
  await expect(again.getByRole('progressbar')).toBeVisible();
  await again.getByRole('button', { name: 'Cancel' }).click();
  await expect(again.getByText('Stopped pulling huge.')).toBeVisible();
  await expect(again.getByRole('progressbar')).toBeHidden();
  const log = async () => (await fetch(`${scripted}/__log`)).json();
  const pulls = async () => (await log()).filter(
    ({ method, path }) => method === 'POST' && path === '/api/pull',
  );
  await expect.poll(async () => (await pulls()).map(({ outcome }) => outcome)).toEqual(['client_disconnected']);
});

test('a pull that fails says why', async ({ page, scripted }) => {
  const service = await ollama(page, scripted);
  await service.getByLabel('Pull by name').fill('nosuch');
  await service.getByRole('button', { name: 'Pull', exact: true }).click();
  await expect(service.getByText(/nosuch was not pulled.*no model of that name/)).toBeVisible();
});

test('elsewhere models are not pulled or deleted, and the page says so', async ({ page, scripted }) => {
  await page.goto('');
  const service = await provide(page, 'vLLM', { baseUrl: scripted });
  await service.getByRole('button', { name: 'Test' }).click();
  await expect(entry(service, 'steady')).toBeVisible();
  await expect(service).toContainText('not supported by vLLM');
  await expect(service.getByRole('button', { name: /^(Pull|Delete|Show)/ })).toHaveCount(0);
});

test.describe('a server', () => {
  // What a server does not know it answers with 404, which a browser reports.
  test.use({ expectedErrors: [[/Failed to load resource/], { option: true }] });

  test('is found by its address, and used', async ({ page, scripted }) => {
    await page.goto('#/providers');
    const finder = page.getByRole('region', { name: 'Find a server' });
    await finder.getByLabel('Address').fill(`${scripted}/v1`);
    await finder.getByRole('button', { name: 'Detect' }).click();
    await expect(finder).toContainText('Ollama 0.40.5');
    await finder.getByRole('button', { name: 'Use it' }).click();
    const service = page.getByRole('region', { name: 'Ollama', exact: true });
    await expect(service.getByLabel('Base URL')).toHaveValue(scripted);
    await expect(service).toContainText('Connected');
    // No key went along, to whomever it was.
    const log = await (await fetch(`${scripted}/__log`)).json();
    expect(log.flatMap(({ header_names }) => header_names)).not.toContain('authorization');
  });
});

test('a member’s model is picked from the list by keyboard', async ({ page, scripted }) => {
  await ollama(page, scripted);
  await page.getByRole('link', { name: 'New' }).click();
  await compose(page, { goal: 'Why?', members: [{ provider: 'ollama', model: '' }, { provider: 'ollama', model: 'x' }] });
  const place = page.getByRole('group').filter({ has: page.getByLabel('Provider') }).first();
  const field = place.getByRole('combobox', { name: 'Model' });
  const options = place.getByRole('listbox').getByRole('option');
  await field.fill('thi');
  await expect(options).toHaveText([/^thinker/]);
  await expect(field).toHaveAttribute('aria-expanded', 'true');
  await field.press('ArrowDown');
  await expect(options.first()).toHaveAttribute('aria-selected', 'true');
  await field.press('Enter');
  await expect(field).toHaveValue('thinker');
  await expect(options).toHaveCount(0);
  // Once chosen, the whole list is there again.
  await field.press('ArrowDown');
  expect(await options.count()).toBeGreaterThan(10);
  await field.press('Escape');
  await expect(options).toHaveCount(0);
  await expect(field).toHaveValue('thinker');
  // By hand, and any other name as well.
  await field.fill('ste');
  await options.first().click();
  await expect(field).toHaveValue('steady');
  await field.fill('of my own');
  await expect(options).toHaveCount(0);
  await expect(field).toHaveValue('of my own');
});

test('a member with an address of its own has a list of its own', async ({ page, scripted }) => {
  // The form of the first visit has a plain field; the list comes with the whole app.
  await page.goto('#/providers');
  await page.getByRole('link', { name: 'New' }).click();
  await compose(page, {
    goal: 'Why?',
    members: [
      { provider: 'openai-compatible', model: '', baseUrl: scripted },
      { provider: 'openai-compatible', model: '', baseUrl: 'http://127.0.0.1:9' },
    ],
  });
  const [first, second] = await page.getByRole('group').filter({ has: page.getByLabel('Provider') }).all();
  await first.getByRole('button', { name: 'Load list' }).click();
  await expect(first.getByRole('button', { name: /^\d+ listed/ })).toBeVisible();
  await expect(second.getByRole('button', { name: 'Load list' })).toBeVisible();
  await first.getByRole('combobox', { name: 'Model' }).click();
  await expect(first.getByRole('listbox').getByRole('option').filter({ hasText: 'steady' })).toBeVisible();
});
