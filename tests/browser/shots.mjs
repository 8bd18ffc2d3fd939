// A picture of every screen, at three widths, in light and in dark. usage: shots.mjs FOLDER

import { mkdirSync } from 'node:fs';
import { launch, photo, window } from './lib/browser.mjs';
import { BIRTH, EXTRACT, begin, code, confirm, fillForm, link, linked, openProcedure, order, paid, result, sent, shows, start, submit, toCode, toFee, toGateway } from './lib/journeys.mjs';
import { Officer } from './lib/officer.mjs';
import { Person } from './lib/person.mjs';
import { WEB, desk, until } from './lib/stack.mjs';

const out = process.argv[2];
mkdirSync(out, { recursive: true });
const browser = await launch();
const taken = [];

const COPIES = {
  'Giấy tờ gì?': 'Bằng tốt nghiệp', 'Ai cấp?': 'Cơ quan, tổ chức Việt Nam', 'Bản chính thế nào?': 'Nguyên vẹn, rõ chữ',
  'Giấy tờ này có trong VNeID không?': /^(Không|Chưa)/, 'Bản chính có mấy trang?': '4', 'Cần mấy bản sao?': '2',
  'Họ, chữ đệm, tên của bạn': 'Giàng Thị Sáo', 'Số định danh cá nhân của bạn': '099196000003', 'Số điện thoại của bạn': '0987654321',
  'Xã, phường, đặc khu bạn sẽ đến': /Lũng Cú/,
};

const camera = (journey) => async (page, screen) => {
  const name = `${String(taken.length + 1).padStart(2, '0')}-${journey}-${screen.replace(/[^\p{L}\d]+/gu, '-')}`;
  taken.push(name);
  const before = page.viewportSize();
  for (const width of [360, 768, 1280]) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${out}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
  await page.setViewportSize(before);
  console.log(`· ${name}`);
};

/** What the README shows: a window of 900 × 700, as a person has it. */
const portrait = async (person, name) => {
  await person.page.setViewportSize({ width: 900, height: 700 });
  await person.page.evaluate(() => scrollTo(0, 0));
  await person.page.screenshot({ path: `${out}/readme-${name}.png` });
  await person.page.setViewportSize({ width: 1280, height: 1024 });
};

const person = new Person(await window(browser), { hands: 'pointer', eyes: camera('birth') });
await begin(person);
await link(person);
await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
await start(person);
await person.press('Tiếp tục');
await person.settle();
await person.look();
await portrait(person, 'errors');
await fillForm(person, BIRTH, { 'Ảnh Giấy chứng sinh': await photo(browser) });
const birth = await submit(person);
await person.press('Theo dõi hồ sơ này');
await person.at('dossier');
await result(person, birth);
await person.look('dossier, done');
await person.press(/Xem kết quả/);
await person.at('result');
await person.press('Trang đầu');
await person.at('home');
await person.press('Hồ sơ của tôi');
await person.at('dossiers');

const asked = new Person(await window(browser, { js: false }), { hands: 'pointer', eyes: camera('one-question') });
await begin(asked);
await openProcedure(asked, 'khai sinh', /Thủ tục đăng ký khai sinh/);
await start(asked);

// Two extracts: the fee, the gateway, a code to scan, a supplement, notices, a withdrawal.
const buyer = await linked(browser, { hands: 'pointer', eyes: null });
const officer = await Officer.at(browser);
buyer.eyes = camera('extract');
await order(buyer, { ...EXTRACT, 'Đăng ký ở đâu, nếu bạn nhớ': 'Xã Lũng Táo' });
await buyer.press('Nộp hồ sơ');
await confirm(buyer, 'Nộp hồ sơ');
await buyer.at('sending');
await buyer.look('held');
await sent(buyer);
const extract = await code(buyer);
await buyer.press('Theo dõi hồ sơ này');
await buyer.at('dossier');
await toFee(buyer);
await toGateway(buyer);
await buyer.look('gateway');
await buyer.press(/^Trả /);
await until('the way back', () => buyer.page.url().startsWith(WEB));
await buyer.at('fee');
await paid(buyer);
await portrait(buyer, 'paid');
await until('it on the desk', () => desk.find(extract));
await officer.open(extract);
await officer.press('Tiếp nhận');
await officer.askFee(4000, 'Thêm nửa bản (THỬ NGHIỆM)');
await buyer.press('Theo dõi hồ sơ này');
await buyer.at('dossier');
await toFee(buyer, /Nộp phí 4/);
await toCode(buyer);
await buyer.press('Theo dõi hồ sơ này');
await buyer.at('dossier');
await officer.press('Đang xử lý');
await officer.askSupplement({ 'Đăng ký ở đâu, nếu bạn nhớ': 'Sổ cũ ở hai xã, cho biết xã nào', 'Số điện thoại': 'Số này gọi không được' });
await shows(buyer, () => buyer.page.locator('[data-key=supplement] .card'));
await buyer.look('supplement asked');
await camera('desk')(officer.page, 'dossier');
await buyer.press('Trang đầu');
await buyer.at('home');
await buyer.look('home with notices');
await buyer.press(/^Thông báo/);
await buyer.at('notices');
await buyer.page.goBack();
await buyer.at('home');
await buyer.press('Hồ sơ của tôi');
await buyer.at('dossiers');
await buyer.page.locator('[data-key=dossiers] .card').first().click();
await buyer.settle();
await buyer.at('dossier');
await buyer.press('Bổ sung hồ sơ');
await buyer.at(/^form\//);
await buyer.look('supplement form');
await buyer.page.goBack();
await buyer.at('dossier');
await buyer.press('Rút hồ sơ');
await confirm(buyer, 'Rút hồ sơ');
await buyer.at(/^(sending|sent)$/);


// What happened to her, what can be browsed, and what only leads to the counter.
const asks = new Person(await window(browser), { hands: 'pointer', eyes: null });
await begin(asks);
asks.eyes = camera('guide');
await asks.press('Chuyện gì đã xảy ra?');
await asks.at('events');
await asks.page.locator('.blocks .card').first().click();
await asks.settle();
await asks.look('events, a question');
await asks.page.goBack();
await asks.page.goBack();
await asks.at('home');
await asks.press('Tìm thủ tục');
await asks.at('search');
await asks.press('Xem theo lĩnh vực');
await asks.at('browse');
await asks.page.locator('.blocks .card').first().click();
await asks.settle();
await asks.look('browse, a field');

const counter = await linked(browser, { hands: 'pointer', eyes: null });
await openProcedure(counter, 'sao y bản chính', /^Chứng thực bản sao từ bản chính/);
counter.eyes = camera('counter');
await counter.look('procedure, counter only');
await start(counter);
await fillForm(counter, COPIES);
await counter.press('Chuẩn bị hồ sơ mang đến quầy');
await counter.at('counter');

await browser.close();
console.log(`${taken.length} screens, ${taken.length * 6} pictures in ${out}`);
