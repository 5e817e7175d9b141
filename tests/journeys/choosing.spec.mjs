// What is chosen in the form: the protocol, a preset, the judge, personas, and panels that are kept.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { compose, expect, start, test, unfold } from './harness.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core');
const GOAL = 'Is the library open on Sundays? Answer yes or no.';

const members = (baseUrl) =>
  ['One', 'Two', 'Three'].map((name) => ({ name, provider: 'openai-compatible', model: 'fast', baseUrl }));
const foreseen = (page) => page.getByRole('complementary', { name: 'What will happen' });
const protocols = (page) => page.getByRole('radiogroup', { name: 'Protocol' });
const preset = (page, name) => page.getByRole('group', { name: 'Preset' }).getByRole('button', { name });
const places = (page) => page.getByRole('group').filter({ has: page.getByLabel('Provider') });

async function panels(page) {
  await page.getByRole('button', { name: 'Saved panels' }).click();
  const dialog = page.getByRole('dialog', { name: 'Saved panels' });
  await expect(dialog).toBeVisible({ timeout: 30_000 });
  return dialog;
}

test('the protocol that is chosen is the one that runs', async ({ page, scripted }) => {
  await page.goto('');
  await compose(page, { goal: GOAL, members: members(scripted) });
  await expect(foreseen(page)).toContainText('10 to 22 calls');
  await protocols(page).getByRole('radio', { name: 'Vote' }).check();
  await expect(foreseen(page)).toContainText('Ballot');
  await expect(foreseen(page)).toContainText('3 calls');
  await expect(page.getByLabel('Writes the shared answer')).toBeHidden();
  await start(page);
  await expect(page.getByRole('region', { name: 'Round 1: Ballot' })).toBeVisible({ timeout: 45_000 });
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 45_000 });
  await expect(page.getByRole('main')).toContainText('Vote');
  await expect(page.getByRole('region', { name: /^Round 2/ })).toHaveCount(0);
});

test('what fits is suggested with its reason, and follows the goal', async ({ page }) => {
  await page.goto('');
  await compose(page, { goal: GOAL, members: members('http://127.0.0.1:9') });
  const auto = protocols(page).getByRole('radio', { name: 'Auto' });
  await auto.check();
  await expect(auto).toHaveAccessibleDescription(/Now Vote: “yes or no” asks for one short answer/);
  await page.getByRole('textbox', { name: 'Goal' }).fill('Monolith or microservices? Pros and cons, please.');
  await expect(auto).toHaveAccessibleDescription(/Now Debate: “pros and cons”/);
  await expect(page.getByLabel('Rounds of rebuttal')).toBeVisible();
  await expect(foreseen(page)).toContainText('Rebuttal');
});

test('presets say what they take, fill the fields, and let go when one is changed', async ({ page }) => {
  await page.goto('');
  await compose(page, { goal: GOAL, members: members('http://127.0.0.1:9') });
  await expect(preset(page, 'Balanced')).toHaveAttribute('aria-pressed', 'true');
  await expect(preset(page, 'Quick')).toHaveAccessibleDescription(/10 calls · ≈ .* tokens · free/);
  await expect(preset(page, 'Thorough')).toHaveAccessibleDescription(/10 to 34 calls · ≈ .* tokens/);
  // The keyboard alone: to the presets, and on to the protocols.
  await preset(page, 'Balanced').focus();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(preset(page, 'Quick')).toHaveAttribute('aria-pressed', 'true');
  await expect(foreseen(page)).toContainText('10 calls');
  await page.getByText('Advanced').click();
  await expect(page.getByLabel('Most rounds')).toHaveValue('4');
  await page.getByLabel('Most rounds').fill('6');
  for (const name of ['Quick', 'Balanced', 'Thorough']) {
    await expect(preset(page, name)).toHaveAttribute('aria-pressed', 'false');
  }
  await expect(foreseen(page)).toContainText('10 to 14 calls');
  await protocols(page).getByRole('radio', { name: 'Think tank' }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(protocols(page).getByRole('radio', { name: 'Vote' })).toBeChecked();
  await expect(foreseen(page)).toContainText('3 calls');
});

test('a member that judges itself is warned of, and the judge moves up when somebody leaves', async ({ page }) => {
  await page.goto('');
  await compose(page, { goal: GOAL, members: members('http://127.0.0.1:9') });
  const judge = page.getByLabel('Writes the shared answer');
  await judge.selectOption({ label: 'Three' });
  await expect(page.getByRole('main')).toContainText('Three writes the shared answer and has a draft of its own');
  await places(page).first().getByRole('button', { name: /^Remove/ }).click();
  await expect(judge.getByRole('option', { name: 'Three' })).toHaveJSProperty('selected', true);
  await judge.selectOption({ label: 'A model that is no member' });
  await expect(page.getByLabel('Model of the judge')).toBeVisible();
  await start(page);
  await expect(page.getByRole('alert')).toContainText('The model that writes the shared answer');
});

test('a panel is saved, outlives a reload, and is taken, renamed, saved to a file and deleted', async ({ page }) => {
  await page.addInitScript({ path: AXE });
  await page.goto('');
  await compose(page, { goal: GOAL, members: members('http://127.0.0.1:9') });
  await places(page).nth(1).getByLabel('Persona', { exact: true }).selectOption('Sceptic');
  await expect(places(page).nth(1).getByLabel('Persona in words')).toHaveValue(/^A sceptic/);
  await protocols(page).getByRole('radio', { name: 'Council' }).check();
  await page.getByLabel('Writes the shared answer').selectOption({ label: 'Two' });
  await preset(page, 'Thorough').click();
  let dialog = await panels(page);
  await dialog.getByRole('button', { name: 'Save this panel' }).click();
  await expect(dialog.getByRole('status')).toContainText('Write a name');
  await dialog.getByLabel('Name of this panel').fill('Reviewers');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('status')).toContainText('Reviewers is saved');
  await page.keyboard.press('Escape');

  // Something else is set up, and the page is left.
  await protocols(page).getByRole('radio', { name: 'Think tank' }).check();
  await preset(page, 'Quick').click();
  while ((await places(page).count()) > 2) await places(page).last().getByRole('button', { name: /^Remove/ }).click();
  await page.getByRole('textbox', { name: 'Goal' }).fill('Another goal');
  await page.reload();
  await expect(places(page)).toHaveCount(2);
  dialog = await panels(page);
  const found = await page.evaluate(async () => (await window.axe.run(document)).violations.map(({ id, nodes }) => `${id} at ${nodes[0].target}`));
  expect.soft(found, 'the saved panels').toEqual([]);
  await dialog.getByRole('button', { name: 'Take Reviewers' }).click();
  await expect(dialog).toBeHidden();
  await expect(places(page)).toHaveCount(3);
  await expect(page.getByRole('textbox', { name: 'Goal' })).toHaveValue('Another goal');
  await expect(places(page).nth(1).getByLabel('Name')).toHaveValue('Two');
  await expect(places(page).nth(1).getByLabel('Base URL')).toHaveValue('http://127.0.0.1:9');
  await expect(places(page).nth(1).getByLabel('Persona', { exact: true })).toHaveValue('Sceptic');
  await expect(protocols(page).getByRole('radio', { name: 'Council' })).toBeChecked();
  await expect(page.getByLabel('Writes the shared answer')).toHaveValue('seat-1');
  await expect(preset(page, 'Thorough')).toHaveAttribute('aria-pressed', 'true');

  dialog = await panels(page);
  await dialog.getByLabel('Name of Reviewers').fill('Ours');
  await dialog.getByLabel('Name of Reviewers').blur();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Save to a file: Ours' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('panel-Ours.json');
  const file = JSON.parse(await readFile(await download.path(), 'utf8'));
  expect(file).toMatchObject({ format: 'tachikoma-panel', version: 1, name: 'Ours', protocol: 'council' });
  expect(JSON.stringify(file)).not.toContain('goal');
  await dialog.getByRole('button', { name: 'Delete Ours' }).click();
  await page.getByRole('dialog', { name: 'Delete this panel?' }).getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(dialog.getByRole('listitem')).toHaveCount(0);

  // Back from the file; a file with a fault changes nothing.
  await dialog.getByLabel('Load from a file').setInputFiles(await download.path());
  await expect(dialog.getByRole('status')).toContainText('Ours is in the form');
  await expect(dialog.getByRole('listitem')).toHaveCount(1);
  const broken = test.info().outputPath('broken.json');
  for (const [change, words] of [
    [{ version: 2 }, 'newer'],
    [{ api_key: 'sk-1' }, 'unknown field `api_key`'],
    [{ members: [{ model: 'nobody/x' }] }, 'no provider nobody'],
    [{ members: Array(9).fill({ model: 'openai/x' }) }, 'this page seats 8'],
  ]) {
    await writeFile(broken, JSON.stringify({ ...file, settings: undefined, ...change }));
    await dialog.getByLabel('Load from a file').setInputFiles(broken);
    await expect(dialog.getByRole('status')).toContainText(words);
  }
  await expect(dialog.getByRole('listitem')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(places(page)).toHaveCount(3);
});

test('where the browser keeps nothing, a saved panel says that it is gone with the tab', async ({ page }) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('no room', 'QuotaExceededError');
    };
  });
  await page.goto('');
  await compose(page, { goal: GOAL, members: members('http://127.0.0.1:9') });
  const dialog = await panels(page);
  await dialog.getByLabel('Name of this panel').fill('Reviewers');
  await dialog.getByRole('button', { name: 'Save this panel' }).click();
  await expect(dialog.getByRole('status')).toContainText('this browser keeps nothing: save it to a file');
  await expect(dialog.getByRole('button', { name: 'Save to a file: Reviewers' })).toBeVisible();
});

test('a key is not sent to the address of a panel of others unasked', async ({ page }) => {
  await page.goto('#/providers');
  const service = await unfold(page, 'OpenAI');
  await service.getByLabel('API key').fill('sk-invented');
  await page.getByRole('link', { name: 'New' }).click();
  const file = test.info().outputPath('theirs.json');
  const member = { model: 'openai/fast@https://elsewhere.example' };
  await writeFile(file, JSON.stringify({ format: 'tachikoma-panel', version: 1, members: [member, member] }));
  const dialog = await panels(page);
  await dialog.getByLabel('Load from a file').setInputFiles(file);
  await expect(dialog.getByRole('status')).toContainText('is in the form');
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Goal' }).fill(GOAL);
  await expect(places(page).first().getByLabel('Base URL')).toHaveValue('https://elsewhere.example');
  await expect(places(page).first()).toContainText('was not given for https://elsewhere.example');
  await start(page);
  await expect(page.getByRole('alert')).toContainText('is not sent to https://elsewhere.example unasked');
});
