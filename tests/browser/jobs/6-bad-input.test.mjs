// What goes wrong between a person and a browser: nothing is lost, nothing is done twice, and a
// clear word is said.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, photo, window } from '../lib/browser.mjs';
import {
  BIRTH, EXTRACT, FATHER, answer, begin, code, confirm, filed, fillForm, link, linked, logIn, openProcedure, order, sent, shows, start, submit,
} from '../lib/journeys.mjs';
import { Person } from '../lib/person.mjs';
import { WEB, desk, endSessions, killWeb, until } from '../lib/stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const hands = { hands: 'pointer', eyes: null };
const SIGN_IN = 'Mở trang đăng nhập VNeID';
const child = (name) => ({ ...BIRTH, 'Họ, chữ đệm, tên của trẻ': name });

async function atForm(person) {
  await begin(person);
  await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
  await start(person);
}

async function atReview(person, name) {
  await begin(person);
  await link(person);
  await person.at('home');
  await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
  await start(person);
  await fillForm(person, child(name), { 'Ảnh Giấy chứng sinh': await photo(browser) });
}

test('a double click submits once', async () => {
  const person = new Person(await window(browser), hands);
  await atReview(person, 'Vừ Thị Hoa Mơ');
  const known = (await desk.dossiers()).length;
  await person.press('Nộp hồ sơ');
  await person.page.locator('[data-key=confirm]').waitFor();
  await person.page.getByRole('button', { name: 'Nộp hồ sơ' }).dblclick();
  await sent(person);
  const dossier = await code(person);
  await until('it on the desk', () => desk.find(dossier));
  // Back to the page that asked, and once more.
  await person.page.goBack();
  const again = person.page.getByRole('button', { name: 'Nộp hồ sơ' });
  if (await again.count()) await again.first().click();
  await person.settle();
  assert.equal((await desk.dossiers()).length, known + 1);
  await person.page.context().close();
});

test('back and forward lose nothing', async () => {
  const person = new Person(await window(browser), hands);
  await atForm(person);
  const { page } = person;
  await answer(person, BIRTH);
  await person.settle();
  await answer(person, BIRTH);
  await person.press('Tiếp tục');
  await person.at('form/requester');
  await person.fill('Họ, chữ đệm, tên của bạn', 'Giàng Thị Sáo');
  await page.goBack();
  await person.at('form/case');
  assert.ok(await page.getByRole('radio', { name: 'Trẻ có Giấy chứng sinh' }).isChecked());
  await page.goForward();
  await person.at('form/requester');
  await until('what was typed', async () => await page.getByRole('textbox', { name: 'Họ, chữ đệm, tên của bạn' }).inputValue() === 'Giàng Thị Sáo');
  await page.context().close();
});

test('two tabs: what is typed in an old one is kept, and nothing typed in the new one is undone', async () => {
  const person = new Person(await window(browser), hands);
  await atForm(person);
  for (let round = 0; round < 3 && await answer(person, BIRTH); round += 1) await person.settle();
  await person.press('Tiếp tục');
  await person.at('form/requester');
  const other = new Person(await person.page.context().newPage(), hands);
  other.page.complaints = [];
  await other.page.goto(person.page.url());
  await other.at('form/requester');
  await person.fill('Họ, chữ đệm, tên của bạn', 'Giàng Thị Sáo');
  await person.page.keyboard.press('Tab');
  await other.fill('Số điện thoại của bạn', '0987654321');
  await other.page.keyboard.press('Tab');
  await other.press('Tiếp tục');
  await other.settle();
  await person.page.reload();
  const value = (label) => person.page.getByRole('textbox', { name: label }).inputValue();
  assert.equal(await value('Họ, chữ đệm, tên của bạn'), 'Giàng Thị Sáo');
  assert.equal(await value('Số điện thoại của bạn'), '0987654321');
  await person.page.context().close();
});

test('the server is killed in the middle of a form: the same question, the same answers', async () => {
  const person = new Person(await window(browser), hands);
  await atForm(person);
  for (let round = 0; round < 3 && await answer(person, BIRTH); round += 1) await person.settle();
  await person.press('Tiếp tục');
  await person.at('form/requester');
  await person.fill('Họ, chữ đệm, tên của bạn', 'Giàng Thị Sáo');
  await person.page.waitForTimeout(1000);
  await killWeb();
  await person.page.reload();
  await person.at('form/requester');
  assert.equal(await person.page.getByRole('textbox', { name: 'Họ, chữ đệm, tên của bạn' }).inputValue(), 'Giàng Thị Sáo');
  await person.page.context().close();
});

test('JavaScript goes off half-way, and the job goes on', async () => {
  const person = new Person(await window(browser), hands);
  await begin(person);
  await link(person);
  await person.at('home');
  await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
  await start(person);
  for (let round = 0; round < 3 && await answer(person, BIRTH); round += 1) await person.settle();
  const storageState = await person.page.context().storageState();
  const without = new Person(await window(browser, { js: false, storageState }), hands);
  await without.page.goto(person.page.url());
  await person.page.context().close();
  assert.ok(await without.page.getByRole('radio', { name: 'Trẻ có Giấy chứng sinh' }).isChecked(), 'what was answered is there');
  await fillForm(without, child('Vừ Thị Hoa Mai'), { 'Ảnh Giấy chứng sinh': await photo(browser) });
  await without.press('Nộp hồ sơ');
  await confirm(without, 'Nộp hồ sơ');
  await sent(without);
  await without.page.context().close();
});

test('HTML and tricks of direction in what was typed stay words', async () => {
  const person = new Person(await window(browser), hands);
  const { page } = person;
  await begin(person);
  await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
  await start(person);
  for (const shown of ['form/case', 'form/requester']) {
    await person.at(shown);
    for (let round = 0; round < 3 && await answer(person, BIRTH); round += 1) await person.settle();
    await person.press('Tiếp tục');
  }
  await person.at('form/child');
  const html = '<img src=x onerror="globalThis.hurt=1"><b>Trạm</b>';
  await answer(person, { ...child('</h1><script>globalThis.hurt=1</script>'), 'Nơi sinh': html, 'Quê quán của trẻ': 'Xã \u202eđảo\u202c Lũng Cú' });
  await person.settle();
  await person.press('Tiếp tục');
  await person.settle();
  // Taken or refused with a word, on this page or the next: never obeyed.
  await page.goto(page.url());
  assert.equal(await page.locator('h1').count(), 1);
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.hurt), undefined);
  const text = await page.locator('main').textContent();
  assert.ok(!/[\u202a-\u202e\u2066-\u2069]/.test(text), 'nothing turns the direction of what follows');
  // A name is not made of brackets: the person is told so, and what was typed is there to be mended.
  assert.equal(await person.screen, 'form/child');
  assert.equal(await page.getByRole('textbox', { name: 'Nơi sinh' }).inputValue(), html);
  assert.ok(await page.locator('.has-error').count() > 0);
  person.content();
  await page.context().close();
});

test('a file that lies about its type is refused, and the answers stay', async () => {
  const person = new Person(await window(browser), hands);
  await begin(person);
  await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
  await start(person);
  for (const page of ['form/case', 'form/requester', 'form/child', 'form/mother', 'form/father']) {
    await person.at(page);
    for (let round = 0; round < 3 && await answer(person, BIRTH); round += 1) await person.settle();
    await person.press('Tiếp tục');
  }
  await person.at('form/papers');
  const lie = { name: 'giay.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<html><script>alert(1)</script></html>') };
  await person.attach('Ảnh Giấy chứng sinh', lie);
  await until('the word about it', async () => /không phải là loại được nhận/.test(await person.page.locator('main').innerText()));
  assert.equal(await person.screen, 'form/papers');
  await person.page.context().close();
});

test('an answer that comes late does not choose again what was chosen before', async () => {
  const person = new Person(await window(browser), hands);
  await atForm(person);
  const { page } = person;
  const held = [];
  await page.route('**/edit', (route) => { if (held.length) return route.continue(); held.push(route); });
  const option = (name) => page.getByRole('radio', { name });
  await option('Trẻ bị bỏ rơi').check();
  await until('the first answer on its way', () => held.length === 1);
  await option('Trẻ có Giấy chứng sinh').check();
  const saved = page.waitForResponse(async (response) => response.url().endsWith('/edit') && response.request() !== held[0].request());
  await held[0].continue();
  await saved;
  await person.settle();
  assert.ok(await option('Trẻ có Giấy chứng sinh').isChecked());
  await page.reload();
  assert.ok(await option('Trẻ có Giấy chứng sinh').isChecked(), 'and that is what was saved');
  await page.context().close();
});

test('what happens between a page and its line is shown all the same', async () => {
  const person = await linked(browser, hands);
  const { page } = person;
  await order(person);
  await person.press('Nộp hồ sơ');
  // The line of the page that sends opens when the ten seconds are over and the receipt is there.
  await page.route('**/live?*', async (route) => { await page.waitForTimeout(14_000); await route.continue().catch(() => {}); });
  await confirm(person, 'Nộp hồ sơ');
  await person.at('sending');
  await person.at('sent');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().close();
});

test('a page of a form on which nothing happens comes once', async () => {
  const person = await linked(browser, hands);
  const { page } = person;
  const answers = [];
  page.on('response', (response) => { if (response.request().resourceType() === 'fetch' && response.url().includes('/s/form')) answers.push(response.status()); });
  await openProcedure(person, 'trích lục hộ tịch', /bản sao Trích lục hộ tịch/);
  await start(person);
  await person.at(/^form/);
  await until('its line has asked', () => answers.length > 0, 10);
  assert.deepEqual([...new Set(answers)], [304]);
  await page.context().close();
});

/** In the middle of a form her session ends; she stays where she is, and comes to the review. */
async function outlasted(person) {
  const { page } = person;
  await openProcedure(person, 'trích lục hộ tịch', /bản sao Trích lục hộ tịch/);
  await start(person);
  await answer(person, EXTRACT);
  await person.settle();
  await person.press('Tiếp tục');
  await person.at('form/person');
  await answer(person, { 'Bạn xin cho ai?': 'Cho người thân' });
  await person.fill('Họ, chữ đệm, tên', 'Vừ Mí Khèn');
  endSessions();
  const saved = page.waitForResponse((response) => response.url().endsWith('/edit') && response.request().postData()?.includes('099094000004'));
  await person.fill('Số định danh cá nhân, nếu có', '099094000004');
  await page.keyboard.press('Tab');
  await saved;
  await page.goto(WEB);
  await person.at('form/person');
  assert.equal(await page.getByRole('textbox', { name: 'Họ, chữ đệm, tên' }).inputValue(), 'Vừ Mí Khèn');
  assert.equal(await page.getByRole('textbox', { name: 'Số định danh cá nhân, nếu có' }).inputValue(), '099094000004');
  await fillForm(person, EXTRACT);
}

/** Links again: after a session that ended the page before VNeID may be left out. */
async function linkAgain(person, idNumber) {
  if (await person.at(/^(link|linking|leave)?$/) === 'link') await person.press(SIGN_IN);
  await logIn(person, idNumber);
}

test('the session ends in the middle of a form, and the app hears of it when it sends: the same field, nothing typed is lost, and signing in sends it', async () => {
  // He has no dossier that is open: his app has no reason to ask for news.
  const person = await linked(browser, { ...hands, idNumber: FATHER });
  await outlasted(person);
  await person.press('Nộp hồ sơ');
  await confirm(person, 'Nộp hồ sơ');
  await person.at('sending');
  await person.press('Gửi ngay');
  // What is safe and what to do is said where it waits; then it goes by itself.
  await until('the way to sign in', () => person.page.getByRole('button', { name: SIGN_IN }).count());
  await person.press(SIGN_IN);
  await linkAgain(person, FATHER);
  await person.at('sent');
  await person.page.context().close();
});

test('the session ends in the middle of a form, and the app hears of it before: the review asks to link first, and is there again after', async () => {
  // Her app asks for news, because a dossier of hers is open.
  const { person, dossier } = await filed(browser, hands);
  await person.press('Trang đầu');
  await outlasted(person);
  await desk.act(dossier, 'accept');
  await shows(person, () => person.page.getByRole('button', { name: SIGN_IN }));
  await person.press(SIGN_IN);
  await linkAgain(person);
  await person.at('review');
  assert.match(await person.page.locator('main').innerText(), /Vừ Mí Khèn/);
  await submit(person);
  await person.page.context().close();
});
