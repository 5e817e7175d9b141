// aimock with answers for a deliberation: `node aimock.mjs FOLDER PORT`, called by aimock.sh.
//
// The answers depend on what a prompt asks for, not on its wording: the JSON keys it wants, the headings it
// names, the labels it lists. So they outlive changes to prompts/.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const { LLMock } = await import(pathToFileURL(require.resolve('@copilotkit/aimock')).href);

const text = (content) =>
  typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');
const asked = (request) => text(request.messages.findLast((message) => message.role === 'user')?.content);

const wantsScores = (request) => /"scores"/.test(asked(request));
const wantsVote = (request) => /"(vote|agree)"/.test(asked(request));
const wantsAnswer = (request) => /# Answer\b/.test(asked(request));

/** The labels of the drafts under review, as the prompt lists them. */
function labels(request) {
  const listed = /entry for each of (?:[^\n:]*: )?([^\n:]+?)[.:]?\n/.exec(asked(request))?.[1] ?? '';
  return [...new Set(listed.split(/,|\band\b/).map((label) => label.trim()).filter(Boolean))];
}

const critique = (request) =>
  JSON.stringify({
    scores: labels(request).map((label, index) => ({
      label,
      strengths: ['It begins with a recommendation and gives a reason for it.'],
      weaknesses: ['It names no figure by which success could be told from failure.'],
      suggestions: ['Name the figure, who measures it, and until when.'],
      score: 70 + 5 * index,
    })),
  });

/** In the form that the prompt shows: the vote as a word, or as a yes or no. */
const vote = (request) =>
  JSON.stringify({
    concerns: ['The review after two weeks needs a name beside it.'],
    reasoning: 'The answer reaches the goal and keeps the constraints. I know of no error that must be mended first.',
    ...(/"vote"/.test(asked(request)) ? { vote: 'agree' } : { agree: true }),
  });

// No character beyond the first plane of Unicode: the emulator cuts between the halves of its UTF-16 form, which no
// provider does.
const synthesis = () => `# Comparison

- Agreement: all drafts begin small and measure.
- Conflict: none that changes the answer.
- Unique: one draft names a date for the review.
- Blind spots: nobody says who decides.

# Answer

Begin with the smallest step that can be undone, measure one figure for two weeks, and decide then.

1. Name who decides.
2. Write down the figure of today: 你好, olá included.
3. Review on the fourteenth day.
`;

const draft = (request) =>
  `Begin with the smallest step that can be undone, and measure it.\n\n` +
  `- One figure, written down before the start.\n- A review after two weeks, with a date.\n- A way back.\n\n` +
  `I am fairly sure of the order, less of the two weeks (${request.model.length} of 20).`;

/** What goes wrong, for models that have the word in their name: the answer, and how it is sent. */
const answer = { content: 'Begin with the smallest step that can be undone, and measure it before the next one.' };
const error = (status, message, type, code, more) => [{ error: { message, type, code }, status, ...more }];
const faults = {
  'fail-401': error(401, 'Incorrect API key provided.', 'authentication_error', 'invalid_api_key'),
  'fail-403': error(403, 'This key may not use this model.', 'permission_error', 'permission_denied'),
  'fail-404': error(404, 'There is no such model.', 'not_found_error', 'model_not_found'),
  'fail-429': error(429, 'Too many requests.', 'rate_limit_error', 'rate_limit_exceeded', { retryAfter: 7 }),
  'fail-500': error(500, 'The server broke.', 'server_error', 'internal_error'),
  'fail-529': error(529, 'Overloaded.', 'overloaded_error', 'overloaded'),
  'too-long': error(
    400,
    "This model's maximum context length is 4096 tokens. However, your messages resulted in 8022 tokens.",
    'invalid_request_error',
    'context_length_exceeded',
  ),
  'cut-short': [{ ...answer, finishReason: 'length' }],
  'breaks-off': [answer, { truncateAfterChunks: 3 }],
  'malformed': [answer, { chaos: { malformedRate: 1 } }],
  'hangs-up': [answer, { chaos: { disconnectRate: 1 } }],
};

const mock = new LLMock({ host: '127.0.0.1', port: Number(port), chunkSize: 12, latency: 5, strict: true, logLevel: 'silent' });
for (const [word, fault] of Object.entries(faults)) {
  mock.on({ predicate: (request) => request.model?.includes(word) }, ...fault);
}
mock.on({ predicate: wantsScores }, (request) => ({ content: critique(request) }));
mock.on({ predicate: wantsVote }, (request) => ({ content: vote(request) }));
mock.on({ predicate: wantsAnswer }, () => ({ content: synthesis() }));
mock.on({ predicate: () => true }, (request) => ({ content: draft(request) }));
await mock.start();
console.log(`ready ${mock.url} pid ${process.pid}`);

const end = async () => {
  await mock.stop();
  process.exit(0);
};
process.stdin.on('end', end).on('close', end).resume();
process.on('SIGTERM', end).on('SIGINT', end);
