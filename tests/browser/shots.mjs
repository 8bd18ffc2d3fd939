// A picture of every screen, at three widths, in light and in dark. usage: shots.mjs FOLDER

import { mkdirSync } from 'node:fs';
import { launch, photo, window } from './lib/browser.mjs';
import { BIRTH, begin, fillForm, link, openProcedure, start, result, submit } from './lib/journeys.mjs';
import { Person } from './lib/person.mjs';

const out = process.argv[2];
mkdirSync(out, { recursive: true });
const browser = await launch();
const taken = [];

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

const person = new Person(await window(browser), { hands: 'pointer', eyes: camera('birth') });
await begin(person);
await link(person);
await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
await start(person);
await person.press('Tiếp tục');
await person.settle();
await person.look();
await fillForm(person, BIRTH, { 'Ảnh Giấy chứng sinh': await photo(browser) });
const code = await submit(person);
await person.press('Theo dõi hồ sơ này');
await person.at('dossier');
await result(person, code);
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

await browser.close();
console.log(`${taken.length} screens, ${taken.length * 6} pictures in ${out}`);
