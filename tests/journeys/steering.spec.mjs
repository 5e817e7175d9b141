// A person at the table, steering while it runs, changes on branches, forks and follow-ups.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { compose, expect, start, test } from './harness.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core');
const GOAL = 'Should the library open on Sundays?';

const member = (name, model, baseUrl) => ({ name, provider: 'openai-compatible', model, baseUrl });

/** What was asked of models so far. */
const asked = async (scripted) => (await (await fetch(`${scripted}/__log`)).json()).filter(({ kind }) => kind);

/** The events of a session, by the export. */
async function events(page) {
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'JSON' }).click(),
  ]);
  return JSON.parse(await readFile(await download.path(), 'utf8')).events;
}

/** What an audit finds on the page as it stands. */
async function audited(page, what) {
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
  });
  expect.soft(found, what).toEqual([]);
}

/** A deliberation of two scripted models and a person called Ada. */
async function withAda(page, scripted) {
  await page.goto('');
  await compose(page, { goal: GOAL, members: [member('One', 'fast', scripted), member('Two', 'fast', scripted), member('Three', 'fast', scripted)] });
  const place = page.getByRole('group').filter({ has: page.getByLabel('Provider') }).last();
  await place.getByLabel('Provider').selectOption('person');
  await place.getByLabel('Name').fill('Ada');
  await place.getByLabel('Name').blur();
  await start(page);
}

/** Two scripted models that agree at once, to the end. */
async function finished(page, scripted) {
  await page.goto('');
  await compose(page, { goal: GOAL, members: [member('One', 'fast', scripted), member('Two', 'fast', scripted)] });
  await start(page);
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 45_000 });
}

test('a person drafts, scores and votes beside models, with a reload in between', async ({ page, scripted }) => {
  await page.addInitScript({ path: AXE });
  await withAda(page, scripted);
  const form = page.getByRole('form', { name: 'Your answer' });
  await expect(form).toBeVisible({ timeout: 20_000 });
  await expect(page).toHaveTitle(/Your turn/);
  await expect(form.getByRole('group', { name: 'What is asked' })).toContainText(GOAL);
  await audited(page, 'the turn of a person');
  await form.getByRole('button', { name: 'Send' }).click();
  await expect(form.getByRole('alert')).toContainText('there is no text');
  await form.getByLabel('Your answer').fill('Open from noon, with two people at the desk.');
  await page.reload();

  // What was half written is there again. Continuing asks the person anew.
  await page.getByRole('button', { name: 'Continue' }).filter({ visible: true }).first().click();
  await expect(form.getByLabel('Your answer')).toHaveValue('Open from noon, with two people at the desk.');
  await form.getByRole('button', { name: 'Send' }).click();

  // Round 2: scores for the drafts of the others, under labels.
  const scores = form.getByLabel('Score, 0 to 100');
  await expect(scores).toHaveCount(2, { timeout: 20_000 });
  await expect(form).not.toContainText('fast');
  // Who wrote what is covered while Ada judges, unless she wants to see it.
  const record = page.getByRole('region', { name: 'The record' });
  await expect(page.getByRole('region', { name: 'Critique scores' })).toBeHidden();
  await expect(record).toBeHidden();
  await expect(page.getByRole('article', { name: 'One' }).getByText('Weaknesses').first()).toBeHidden();
  await page.getByRole('button', { name: 'Show it all the same' }).click();
  await expect(record).toBeVisible();
  await scores.nth(0).fill('eighty');
  await form.getByRole('button', { name: 'Send' }).click();
  await expect(form.getByRole('alert')).toContainText('whole number from 0 to 100');
  await scores.nth(0).fill('80');
  await scores.nth(1).fill('60');
  await form.getByLabel('Weaknesses').first().fill('It says little about cost.');
  await form.getByRole('button', { name: 'Send' }).click();

  // The shared answer is Ada's to write when hers was scored best; then the vote.
  const agree = form.getByLabel('I agree');
  const write = form.getByRole('textbox', { name: 'The shared answer' });
  await expect(agree.or(write).first()).toBeVisible({ timeout: 20_000 });
  if (await write.isVisible()) {
    await write.fill('Open from noon.');
    await form.getByRole('button', { name: 'Send' }).click();
  }
  await agree.check();
  await form.getByLabel('Why').fill('It keeps the budget.');
  await form.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 20_000 });
  await expect(page).not.toHaveTitle(/Your turn/);

  const all = await events(page);
  const given = all.filter(({ event }) => event.type === 'HumanAnswered');
  expect(given.length).toBeGreaterThanOrEqual(3);
  // Nothing of what the person wrote is left behind in the browser's own store of half-written answers.
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('answer-')))).toEqual([]);
  const drafts = (await asked(scripted)).filter(({ kind }) => kind === 'draft');
  expect(drafts, 'no finished call is made again').toHaveLength(2);
});

test('a person answers in another tab than the one that runs it', async ({ page, context, scripted }) => {
  await withAda(page, scripted);
  await expect(page.getByRole('form', { name: 'Your answer' })).toBeVisible({ timeout: 20_000 });
  const second = await context.newPage();
  await second.goto(page.url());
  await expect(second.getByText('This session runs in another tab. You are following it live.')).toBeVisible();
  const form = second.getByRole('form', { name: 'Your answer' });
  await form.getByLabel('Your answer').fill('Open from noon, with two people at the desk.');
  await form.getByRole('button', { name: 'Send' }).click();
  // Both show what follows: the scores, and nothing of the draft's form.
  await expect(form.getByLabel('Score, 0 to 100').first()).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('form', { name: 'Your answer' }).getByLabel('Score, 0 to 100').first()).toBeVisible();
  const given = (await events(page)).filter(({ event }) => event.type === 'HumanAnswered');
  expect(given).toHaveLength(1);
});

test('a person skips, and it goes on without them', async ({ page, scripted }) => {
  await withAda(page, scripted);
  const form = page.getByRole('form', { name: 'Your answer' });
  await form.getByRole('button', { name: 'Skip' }).click();
  await expect(form.getByLabel('Score, 0 to 100').first()).toBeVisible({ timeout: 20_000 });
  await form.getByRole('button', { name: 'Skip' }).click();
  await form.getByRole('button', { name: 'Skip' }).click();
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 20_000 });
});

test('pause, note, rounds and finish act while it runs', async ({ page, scripted }) => {
  await page.addInitScript({ path: AXE });
  await page.goto('');
  await compose(page, { goal: GOAL, members: [member('One', 'pace-300-40-20', scripted), member('Two', 'pace-300-40-20', scripted)] });
  await start(page);
  const bar = page.getByRole('group', { name: 'Steering' });
  await bar.getByRole('button', { name: 'Pause' }).click();
  await expect(bar.getByRole('button', { name: 'Resume' })).toBeVisible();
  await bar.getByRole('button', { name: 'Add a note' }).click();
  await page.getByLabel('Note').fill('Mind the heating.');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByLabel('Your notes')).toContainText('Mind the heating.');
  await bar.getByRole('button', { name: 'Rounds' }).click();
  await page.getByLabel('Most rounds').fill('0');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'whole number' })).toBeVisible();
  await page.getByLabel('Most rounds').fill('6');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await audited(page, 'the steering bar');
  await bar.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('region', { name: 'Round 2: Critique' })).toBeVisible({ timeout: 30_000 });
  await bar.getByRole('button', { name: 'Finish with what is ready' }).click();
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 20_000 });
  const actions = (await events(page)).filter(({ event }) => event.type === 'Control').map(({ event }) => event.action.kind);
  expect(actions).toEqual(['pause', 'note', 'set_rounds', 'unpause', 'finish']);
});

test('an edited draft has only what read it asked anew, and both branches stay', async ({ page, scripted }) => {
  await page.addInitScript({ path: AXE });
  await finished(page, scripted);
  const before = (await asked(scripted)).length;
  await page.getByRole('button', { name: 'Unfold Round 1: Draft' }).click();
  const card = page.getByRole('region', { name: 'Round 1: Draft' }).getByRole('article', { name: 'One' });
  await card.getByRole('button', { name: 'Steer One' }).click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit the draft of One' });
  await dialog.getByLabel('Your answer').fill('Close on Sundays, and open later on Fridays.');
  await audited(page, 'the editor');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('main')).toContainText('You edited the draft of One in round 1.');
  // One critique read it, then the synthesis, then both votes.
  const redo = page.getByRole('button', { name: /^Redo 4 answers/ });
  await expect(redo).toBeVisible();
  await expect(page.getByText('Stale: it read what you changed.').first()).toBeVisible();
  await expect(page.getByRole('region', { name: 'Round 1: Draft' }).getByRole('article', { name: 'One' })).toContainText('open later on Fridays');
  expect((await asked(scripted)).length, 'nothing is asked before somebody says so').toBe(before);
  await redo.click();
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 30_000 });
  await expect.poll(async () => (await asked(scripted)).length).toBe(before + 4);

  const branches = page.getByRole('region', { name: 'Branches' });
  await branches.getByRole('button', { name: 'Compare with Branch 1' }).click();
  await expect(branches.locator('ins').filter({ hasText: 'Fridays' })).toBeVisible();
  await audited(page, 'branches');
  await branches.getByRole('button', { name: 'Show Branch 1' }).click();
  await expect(branches).toContainText('You look at branch 1, which does not go on.');
  await branches.getByRole('button', { name: 'Back to the one that does' }).click();
  await expect(branches).not.toContainText('which does not go on');
});

test('a fork is a session of its own that goes on from its round', async ({ page, scripted }) => {
  await finished(page, scripted);
  const before = (await asked(scripted)).length;
  await page.getByRole('button', { name: 'Unfold Round 2: Critique' }).click();
  await page.getByRole('button', { name: 'Fork from here' }).click();
  await page.getByRole('button', { name: 'Continue' }).filter({ visible: true }).first().click();
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 30_000 });
  // A synthesis and two votes; drafts and critiques came along.
  expect((await asked(scripted)).length).toBe(before + 3);
  const [created] = await events(page);
  expect(created.event.forked_from).toMatchObject({ round: 2 });
});

test('a follow-up stands on what was said', async ({ page, scripted }) => {
  await finished(page, scripted);
  const section = page.getByRole('region', { name: 'Follow-up' });
  await section.getByRole('button', { name: 'Ask the follow-up' }).click();
  await expect(section.getByRole('alert')).toContainText('Write the follow-up question first.');
  await section.getByLabel('Follow-up question').fill('And who pays for it?');
  await section.getByLabel('the answer and all drafts').check();
  await section.getByRole('button', { name: 'Ask the follow-up' }).click();
  await expect(page.getByRole('heading', { name: 'And who pays for it?', exact: true })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 30_000 });
  const [created] = await events(page);
  expect(created.event.topic.carried.map(({ title }) => title)).toEqual(['The shared answer', 'Draft 1', 'Draft 2']);
});
