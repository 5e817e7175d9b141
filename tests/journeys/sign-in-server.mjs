// A service that people sign in at, as OpenRouter's documentation describes it: the page on which they allow it, the
// trade of a code for a key, and a list of models for those who have one.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

/** What the page on which people sign in offers, and what the way back then carries. */
const WAYS = {
  Allow: (back, code) => back.searchParams.set('code', code),
  Deny: (back) => back.searchParams.set('error', 'access_denied'),
  'Allow with a code that is used up': (back) => back.searchParams.set('code', 'canary-code-used-up'),
  "Allow somebody else's": (back, code) => {
    back.searchParams.set('code', code);
    back.searchParams.set('state', 'somebody-else');
  },
};

/** The answers alone: for a server of one's own, or in the place of one. */
export function signInService() {
  const codes = new Map();
  const log = { trades: [], bearers: [], keys: [] };
  const json = (status, value) => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });

  function page(url) {
    const asked = Object.fromEntries(url.searchParams);
    if (asked.code_challenge_method !== 'S256') return json(400, { error: 'S256 is wanted' });
    const code = `canary-code-${randomBytes(9).toString('hex')}`;
    codes.set(code, asked.code_challenge);
    const links = Object.entries(WAYS).map(([name, way]) => {
      const back = new URL(asked.callback_url);
      way(back, code);
      return `<p><a href="${back.href.replaceAll('&', '&amp;')}">${name}</a></p>`;
    });
    const body = `<!doctype html><link rel="icon" href="data:,"><title>Allow?</title><h1>Allow?</h1>${links.join('')}`;
    return { status: 200, headers: { 'content-type': 'text/html' }, body };
  }

  function trade(text) {
    const asked = JSON.parse(text);
    log.trades.push(asked);
    const challenge = codes.get(asked.code);
    // A code is good for one trade, whatever becomes of it.
    codes.delete(asked.code);
    const hash = createHash('sha256').update(asked.code_verifier).digest('base64url');
    if (asked.code_challenge_method !== 'S256' || challenge !== hash) {
      return json(403, { error: { code: 403, message: `Invalid code or code_verifier: ${asked.code_verifier}` } });
    }
    const key = `canary-key-${randomBytes(9).toString('hex')}`;
    log.keys.push(key);
    return json(200, { key });
  }

  function answer(method, address, bearer, body) {
    const url = new URL(address);
    const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization, content-type' };
    const here = () => {
      if (method === 'OPTIONS') return { status: 204, headers: {} };
      if (url.pathname === '/auth') return page(url);
      if (url.pathname === '/api/v1/auth/keys' && method === 'POST') return trade(body);
      if (url.pathname === '/api/v1/models') {
        log.bearers.push(bearer?.replace('Bearer ', ''));
        return json(200, { data: [{ id: 'some/model' }] });
      }
      return json(404, { error: { message: 'no such path' } });
    };
    const { status, headers, body: text } = here();
    return { status, headers: url.pathname === '/auth' ? headers : { ...headers, ...cors }, body: text ?? '' };
  }
  return { answer, log };
}

/** A server of it on this machine. `headers` come with every answer. */
export async function signInServer(headers = {}) {
  const { answer, log } = signInService();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const told = answer(request.method, `http://${request.headers.host}${request.url}`, request.headers.authorization, body);
    response.writeHead(told.status, { ...told.headers, ...headers }).end(told.body);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { address: `http://127.0.0.1:${server.address().port}`, log, stop };
}
