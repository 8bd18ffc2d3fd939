// S20: killed while paying, told late, twice and falsely: one charge, and never a lie on the page. And
// what else goes wrong with money in a browser.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { launch, window } from '../lib/browser.mjs';
import { captures, fault, filed, linked, paid, payAtGateway, shows, toCode, toFee, toGateway } from '../lib/journeys.mjs';
import { Officer } from '../lib/officer.mjs';
import { Person } from '../lib/person.mjs';
import { BACKEND, SANDBOX, WEB, killWeb, until } from '../lib/stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());
afterEach(() => fault('vnpay', 'ok'));

const hands = { hands: 'pointer', eyes: null };
const says = (person) => person.page.locator('main').innerText();

/** Pays at the gateway and never comes back; the way back, which brings the gateway's signed report. */
async function payAndVanish(person) {
  const { page } = person;
  let way = null;
  await page.route(`${SANDBOX}/vnpay/pay/**`, async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    way = answer.headers().location;
    await route.abort();
  });
  await page.getByRole('button', { name: /^Trả / }).click();
  await until('the way back', () => way, 10);
  await page.unrouteAll();
  return way;
}

/** A gateway's report, as the browser and the IPN bring it, told to the backend by hand. */
async function ipn(query) {
  return (await fetch(`${BACKEND}/v1/payments/vnpay/ipn?${query}`)).json();
}

/** The officer asks for a sum; the person goes to its page. */
async function anotherFee(person, officer, dossier, vnd) {
  await officer.open(dossier);
  if (await officer.page.getByText('Yêu cầu thực hiện nghĩa vụ tài chính').count()) await officer.press('Đang xử lý');
  await officer.askFee(vnd, 'Thử nghiệm');
  if (await person.screen === 'fee') await person.press('Theo dõi hồ sơ này');
  await person.at('dossier');
  await toFee(person, new RegExp(`Nộp phí ${vnd / 1000}\\.000`));
}

test('s20_killed_while_paying: told late, the page says that it is checking, nothing can be paid twice, and then it is paid', async () => {
  const { person, dossier } = await filed(browser, hands);
  const { page } = person;
  const context = page.context();
  const taken = (await captures()).length;
  await toFee(person);
  await toGateway(person);
  await fault('vnpay', 'lose_callbacks', { times: 1 });
  const way = await payAndVanish(person);
  await until('the money taken', async () => (await captures()).length === taken + 1);
  // Nobody tells of it, and whoever is asked says nothing; the browser dies, and so does the web shell.
  await fault('vnpay', 'down');
  await page.close();
  await killWeb();

  const again = new Person(await context.newPage(), hands);
  again.page.complaints = [];
  await again.open(WEB);
  await again.at('fee');
  assert.equal(await again.page.locator('[data-key=receipt]').count(), 0, 'nobody has said that it is paid');
  // The browser brings back the tab that it died on.
  await again.page.goto(way);
  await again.at('fee');
  again.eyes = Person.EYES;
  await shows(again, () => again.page.locator('[data-key=state]', { hasText: 'Đang kiểm tra xem tiền đã đến chưa' }));
  await again.look('fee, checking');
  for (const pay of await again.page.getByRole('button', { name: /^Nộp / }).all()) assert.ok(await pay.isDisabled(), 'nothing can be paid');
  assert.equal(await again.page.getByRole('button', { name: 'Mở trang thanh toán' }).count(), 0);
  // Late, the gateway tells after all; and then once more.
  const query = new URL(way).search.slice(1);
  assert.equal((await ipn(query)).RspCode, '00');
  await paid(again);
  assert.equal((await ipn(query)).RspCode, '02');
  await fault('vnpay', 'ok');
  assert.equal((await captures()).length, taken + 1, 'one charge');
  assert.equal(await again.page.locator('[data-key^="refund/"]').count(), 0, 'nothing too much');
  await again.press('Theo dõi hồ sơ này');
  await again.at('dossier');
  assert.match(await says(again), /Đã nộp 16\.000 đồng/, 'the receipt is in the dossier');
  assert.match(await says(again), new RegExp(dossier.replaceAll('.', '\\.')));
  again.content();
  await context.close();
});

test('s20_told_twice_and_falsely: with the fee on the page, one charge and one receipt', async () => {
  const { person, dossier } = await filed(browser, hands);
  const officer = await Officer.at(browser);
  await officer.open(dossier);
  await officer.press('Tiếp nhận');
  const { page } = person;
  await toFee(person);
  for (const [round, mode] of ['repeat_callbacks', 'forge_callbacks', 'wrong_amount'].entries()) {
    if (round > 0) await anotherFee(person, officer, dossier, round * 1000);
    const taken = (await captures()).length;
    await toGateway(person);
    const gateway = page.url();
    await fault('vnpay', mode, { times: 1 });
    const way = await payAndVanish(person);
    const query = new URL(way).search.slice(1);
    // The fee stays on the page while its reports come, the false ones first.
    await page.goto(WEB);
    await person.at('fee');
    const forged = query.replace(/(vnp_SecureHash=)(.)/, (_, name, digit) => `${name}${digit === '0' ? '1' : '0'}`);
    assert.equal((await ipn(forged)).RspCode, '97', 'a forged report is refused');
    assert.equal((await ipn(query.replace(/vnp_Amount=\d+/, 'vnp_Amount=100'))).RspCode, '97', 'and so is another sum under the same signature');
    await paid(person);
    assert.equal((await ipn(query)).RspCode, '02', 'a report again changes nothing');
    await page.goto(gateway);
    assert.match(await page.locator('main').innerText(), /Đã trả/, 'the gateway takes it once');
    await page.goto(way);
    await person.at('fee');
    await paid(person);
    assert.equal((await captures()).length, taken + 1, `${mode}: one charge`);
    assert.equal(await page.locator('[data-key^="refund/"]').count(), 0);
  }
  await person.press('Theo dõi hồ sơ này');
  await person.at('dossier');
  assert.equal(await page.getByText(/^Đã nộp [\d.]+ đồng/).count(), 3);
  await officer.close();
  await page.context().close();
});

test('a payment that is called off at the gateway charges nothing and can be made another way', async () => {
  const { person } = await filed(browser, hands);
  const taken = (await captures()).length;
  await toFee(person);
  await toGateway(person);
  await person.press(/^Hủy/);
  await until('the way back', () => person.page.url().startsWith(WEB));
  await person.at('fee');
  person.eyes = Person.EYES;
  await shows(person, () => person.page.locator('[data-key=state]', { hasText: 'Lần trả trước không thành' }));
  await person.look('fee, called off');
  assert.equal((await captures()).length, taken);
  // A transfer of too little is no payment of this fee, and says so nowhere as one.
  const qr = await toCode(person);
  const transfer = (more) => fetch(`${SANDBOX}/bank/api/transfer`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ qr, ...more }),
  });
  await transfer({ vnd: 1000 });
  await shows(person, () => person.page.locator('[data-key^="refund/"]'));
  await person.look('fee, a sum to be paid back');
  assert.equal(await person.page.locator('[data-key=receipt]').count(), 0);
  await transfer({});
  await paid(person);
  person.content();
  await person.page.context().close();
});

test('JavaScript goes off in the middle of a payment', async () => {
  const { person } = await filed(browser, hands);
  const taken = (await captures()).length;
  await toFee(person);
  await toGateway(person);
  const storageState = await person.page.context().storageState();
  const without = new Person(await window(browser, { js: false, storageState }), hands);
  await without.page.goto(person.page.url());
  await person.page.context().close();
  await without.press(/^Trả /);
  await until('the way back', () => without.page.url().startsWith(WEB));
  await without.at('fee');
  await paid(without);
  assert.equal((await captures()).length, taken + 1);
  await without.page.context().close();
});

test('the address of another’s fee shows nothing of it, pays nothing, and says so', async () => {
  const { person, dossier } = await filed(browser, hands);
  await toFee(person);
  const foreign = person.page.url();
  const other = await linked(browser, hands);
  await other.page.goto(foreign);
  await other.at('home');
  assert.match(await says(other), /Trang bạn vừa mở không còn nữa/);
  assert.ok(!(await says(other)).includes(dossier));
  await other.page.goto(foreign.replace('/s/fee', '/confirm') + '&act=pay/vnpay');
  await other.at('home');

  // Her way back from the gateway, opened by somebody else: the money is hers all the same.
  await toGateway(person);
  const way = await payAndVanish(person);
  await other.page.goto(way);
  await other.at('home');
  await person.page.goto(WEB);
  await person.at('fee');
  await paid(person);
  assert.equal(await other.page.locator('[data-key=receipt]').count(), 0);
  await other.page.context().close();
  await person.page.context().close();
});
