// A camera that sees a QR code: it reads the picture of the page, and nothing that the page says.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const READER = readFileSync(createRequire(import.meta.url).resolve('jsqr/dist/jsQR.js'), 'utf8');

/** What the first code on the page says. */
export async function scan(page) {
  const picture = await page.locator('.qr-box').first().screenshot();
  const context = await page.context().browser().newContext();
  const eye = await context.newPage();
  await eye.evaluate(READER);
  const said = await eye.evaluate(async (url) => {
    const image = Object.assign(new Image(), { src: url });
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    return globalThis.jsQR(pen.getImageData(0, 0, image.width, image.height).data, image.width, image.height)?.data;
  }, `data:image/png;base64,${picture.toString('base64')}`);
  await context.close();
  if (!said) throw new Error('no QR code is seen');
  return said;
}
