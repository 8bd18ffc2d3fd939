// Signs in at the backend as an app would, through whatever OpenID provider it is configured for:
// an independent client of docs/api.md (OAuth code + PKCE, DPoP, device certificate), and a browser
// with cookies that fills in the provider's forms.
//
// usage: node login.mjs BACKEND_URL     prints one line of JSON; exits 1 with the reason otherwise.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { SignJWT, calculateJwkThumbprint, exportJWK } from 'jose';

const backend = process.argv[2];
const redirectUri = 'http://127.0.0.1:49152/callback';
const sha256 = (text) => createHash('sha256').update(text).digest('base64url');
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const fail = (why) => { console.error(`failed to ${why}`); process.exit(1); };

const [session, device] = [newKey(), newKey()];
const [sessionJwk, deviceJwk] = await Promise.all([exportJWK(session.publicKey), exportJWK(device.publicKey)]);
const sessionJkt = await calculateJwkThumbprint(sessionJwk);

const sign = (key, jwk, typ, payload) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ, jwk }).sign(key.privateKey);
const now = () => Math.floor(Date.now() / 1000);
const proof = (htm, url, more = {}) =>
  sign(session, sessionJwk, 'dpop+jwt', { htm, htu: url, iat: now(), jti: randomBytes(16).toString('base64url'), ...more });

// A browser: cookies by name, redirects by hand, forms filled in.
const cookies = new Map();
async function visit(url, form) {
  const response = await fetch(url, {
    method: form ? 'POST' : 'GET', redirect: 'manual', body: form && new URLSearchParams(form),
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
    if (value) cookies.set(name, value); else cookies.delete(name);
  }
  const to = response.headers.get('location');
  return to ? { to: new URL(to, url).href } : { status: response.status, page: await response.text() };
}
async function browse(start) {
  let answer = { to: start };
  let at = start;
  for (let step = 0; step < 20; step += 1) {
    if (answer.to?.startsWith(redirectUri)) return new URL(answer.to);
    if (answer.to) { at = answer.to; answer = await visit(at); continue; }
    const action = answer.page.match(/<form[^>]*action="([^"]+)"/)?.[1] ?? fail(`find a form (status ${answer.status})`);
    const hidden = [...answer.page.matchAll(/<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)];
    const form = { ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), login: 'a-person', password: 'x' };
    answer = await visit(new URL(action.replaceAll('&amp;', '&'), at).href, form);
  }
  return fail('come back from the provider');
}

const [verifier, state] = [randomBytes(32).toString('base64url'), randomBytes(16).toString('base64url')];
const back = await browse(`${backend}/oauth/authorize?${new URLSearchParams({
  response_type: 'code', client_id: 'gandan-app', redirect_uri: redirectUri, state,
  code_challenge: sha256(verifier), code_challenge_method: 'S256', dpop_jkt: sessionJkt,
})}`);
const code = back.searchParams.get('code') ?? fail(`get a code: ${back.searchParams.get('error')}`);
if (back.searchParams.get('state') !== state) fail('see my own state again');

const tokenUrl = `${backend}/oauth/token`;
const answer = await fetch(tokenUrl, {
  method: 'POST',
  headers: { dpop: await proof('POST', tokenUrl) },
  body: new URLSearchParams({
    grant_type: 'authorization_code', code, redirect_uri: redirectUri, client_id: 'gandan-app', code_verifier: verifier,
    device_certificate: await sign(device, deviceJwk, 'gandan-device+jwt', { session_jkt: sessionJkt, code_sha256: sha256(code), iat: now() }),
  }),
});
const token = await answer.json();
if (!answer.ok) fail(`redeem the code: ${JSON.stringify(token)}`);

const logUrl = `${backend}/v1/log`;
const ask = async (nonce) => fetch(logUrl, {
  headers: {
    authorization: `DPoP ${token.access_token}`,
    dpop: await proof('GET', logUrl, { ath: sha256(token.access_token), ...(nonce && { nonce }) }),
  },
});
let log = await ask(answer.headers.get('dpop-nonce'));
if (log.status === 401) log = await ask(log.headers.get('dpop-nonce'));
if (!log.ok) fail(`use the token: status ${log.status} ${await log.text()}`);
console.log(JSON.stringify({ signed_in: true, token_type: token.token_type, log_entries: (await log.json()).entries.length }));
