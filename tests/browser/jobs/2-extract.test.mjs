// Order two civil-status extracts and pay for both at once at the gateway; pay what the office asks
// for later by a transfer. By keyboard alone, with JavaScript and without, each screen looked at.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../lib/browser.mjs';
import { captures, code, linked, order, paid, payAtGateway, submit, toCode, toFee } from '../lib/journeys.mjs';
import { Officer } from '../lib/officer.mjs';
import { SANDBOX, desk, until } from '../lib/stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

for (const js of [true, false]) {
  test(`two extracts are ordered and paid for once, by keyboard alone, ${js ? 'with' : 'without'} JavaScript`, async () => {
    const person = await linked(browser, { js });
    const known = (await desk.dossiers()).length;
    const taken = (await captures()).length;
    await order(person);
    assert.match(await person.page.locator('main').innerText(), /16\.000 đồng/, 'the sum is said before she signs');
    const dossier = await submit(person);
    await person.press('Theo dõi hồ sơ này');
    await person.at('dossier');
    await toFee(person);
    await payAtGateway(person);
    await paid(person);
    assert.match(await person.page.locator('main').innerText(), /Đã nộp phí 16\.000 đồng/);
    assert.equal((await captures()).length, taken + 1, 'one charge');

    // The office asks for more, and she pays that with her banking app.
    const officer = await Officer.at(browser);
    await until('it on the desk', () => desk.find(dossier));
    await officer.open(dossier);
    await officer.press('Tiếp nhận');
    await officer.askFee(4000, 'Thêm nửa bản (THỬ NGHIỆM)');
    await officer.look();
    await person.press('Theo dõi hồ sơ này');
    await person.at('dossier');
    assert.equal(await code(person), dossier);
    await toFee(person, /Nộp phí 4\.000/);
    assert.match(await person.page.locator('main').innerText(), /Thêm nửa bản/);
    const qr = await toCode(person);
    const transfer = await fetch(`${SANDBOX}/bank/api/transfer`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ qr }),
    });
    assert.equal((await transfer.json()).vnd, 4000, 'the code says the sum');
    await paid(person);
    await person.press('Theo dõi hồ sơ này');
    await person.at('dossier');
    await person.look('dossier, paid');
    assert.equal(await person.page.getByRole('button', { name: /^Nộp phí/ }).count(), 0, 'nothing is left to pay');
    await officer.open(dossier);
    await until('both on the desk', async () => {
      await officer.page.reload();
      return await officer.page.getByRole('cell', { name: 'Rồi' }).count() === 2;
    });
    person.content();
    assert.equal((await desk.dossiers()).length, known + 1, 'one wish, one dossier');
    await officer.close();
    await person.page.context().close();
  });
}
