// A standard OpenID provider (npm `oidc-provider`, OpenID-certified) with nothing of VNeID's:
// RS256, other claim names, its own login and consent pages. Invented people only.
//
// usage: node server.mjs PORT REDIRECT_URI     prints "ready <issuer>" and ends with standard input.
import Provider from 'oidc-provider';
import { generateKeyPairSync } from 'node:crypto';

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'gandan',
    client_secret: 'a-secret-for-a-test-provider-only',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  }],
  jwks: { keys: [{ ...jwk, use: 'sig', alg: 'RS256', kid: 'test' }] },
  cookies: { keys: ['a-cookie-key-for-a-test-provider-only'] },
  claims: { openid: ['sub', 'national_id', 'name', 'birthdate'] },
  // Claims come from userinfo only, as the standard allows (OpenID Connect Core §5.4).
  conformIdTokenClaims: true,
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, national_id: '099196000003', name: 'Người Thử Nghiệm', birthdate: '1996-03-08' }),
  }),
  features: { devInteractions: { enabled: true } },
});

const server = provider.listen(Number(port), '127.0.0.1', () => console.log(`ready ${issuer}`));
process.stdin.resume();
process.stdin.on('end', () => { server.closeAllConnections(); server.close(() => process.exit(0)); });
