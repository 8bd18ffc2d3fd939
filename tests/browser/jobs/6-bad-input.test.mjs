// What goes wrong between a person and a browser: nothing is lost, nothing is done twice, and a
// clear word is said.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, photo, window } from '../lib/browser.mjs';
import { BIRTH, answer, begin, code, confirm, fillForm, link, openProcedure, sent, start } from '../lib/journeys.mjs';
import { Person } from '../lib/person.mjs';
import { desk, killWeb, until } from '../lib/stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const hands = { hands: 'pointer', eyes: null };
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
