// The stack that these tests run against, and the people in it who are not at the browser.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by cargo xtask test`);
  return value.replace(/\/$/, '');
}

export const WEB = given('GANDAN_WEB_URL');
export const SANDBOX = given('GANDAN_SANDBOX_URL');
export const BACKEND = given('GANDAN_BACKEND_URL');

/** Waits for something to become true, asking again; never for a time to pass. */
export async function until(what, ask, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(200)) {
    const got = await ask();
    if (got) return got;
  }
  throw new Error(`did not come to pass within ${seconds} s: ${what}`);
}

/** The officer at the one-stop desk. */
export const desk = {
  async dossiers() {
    const answer = await fetch(`${SANDBOX}/one-stop/api/dossiers`);
    return answer.json();
  },
  async find(code) {
    return (await this.dossiers()).find((dossier) => dossier.code === code);
  },
  /** `accept`, `finish`, `supplement`, …; waits for the dossier to have arrived. */
  async act(code, act, body = {}) {
    await until(`${code} on the desk`, () => this.find(code));
    const answer = await fetch(`${SANDBOX}/one-stop/api/dossiers/${code}/${act}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${act} ${code}: ${answer.status} ${await answer.text()}`);
  },
};

/** Kills the web shell of this stack as a power cut would, and waits until it is back. */
export async function killWeb() {
  const port = new URL(WEB).port;
  const pid = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).find((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return /gandan-web$/.test(line[0]) && line.some((word) => word === port || word.endsWith(`:${port}`));
    } catch {
      return false;
    }
  });
  if (!pid) throw new Error(`no web shell listens on ${port}`);
  process.kill(Number(pid), 'SIGKILL');
  await until('the web shell to be gone', () => fetch(WEB).then(() => false, () => true).catch(() => true), 5).catch(() => {});
  await until('the web shell to be back', () => fetch(WEB, { redirect: 'manual' }).then((answer) => answer.status < 500, () => false));
}

/** Every session that anybody has signed in to is over, and nobody is told. */
export function endSessions() {
  execFileSync(given('GANDAN_TESTS'), ['end-sessions', '--data', given('GANDAN_DATA')]);
}
