// Compares our picture (an EXR with layers, `--aov id`) with another renderer's of the same view: a table by object, a
// picture of both side by side, and one of where they differ. `node dist/scripts/compare-pictures.js OURS THEIRS OUT`
// writes OUT-both.webp and OUT-difference.webp. Wrote docs/images/helmet-*; see docs/comparison.md.
import sharp from "sharp";
import { type ExrReadPart, readExrParts } from "../host/exr/read-exr.ts";
import { encodeSrgb } from "../proto/display-transform.ts";
import { widthPx } from "../proto/rect.ts";

interface Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly colors: readonly ArrayLike<number>[];
  readonly part: ExrReadPart;
}

/** The difference is shown in full colour from this share of brightness on. */
const differenceShown = 0.3;

async function pictureOf(path: string): Promise<Picture> {
  const part = (await readExrParts(path))[0]!;
  const width = widthPx(part.header.dataWindow);
  const colors = ["R", "G", "B"].map((name) => channelOf(part, name));
  return { widthPx: width, heightPx: colors[0]!.length / width, colors, part };
}

function channelOf(part: ExrReadPart, name: string): ArrayLike<number> {
  const channel = part.channels.find((each) => each.name === name);
  if (channel === undefined) throw new Error(`no channel ${name} in ${part.channels.map((c) => c.name).join(", ")}`);
  return channel.values;
}

/** Σ ours ÷ Σ theirs by colour and Σ|ours − theirs| ÷ Σ theirs, over the pixels that the object covers wholly. */
function table(ours: Picture, theirs: Picture): string {
  const named = ours.part.header.attributes.get("arras/objectNames")?.value;
  const names = new Map(Object.entries(JSON.parse(String(named)) as Record<string, string>));
  const [ids, alpha] = [channelOf(ours.part, "id.id"), channelOf(ours.part, "A")];
  const rows = [...names].map(([id, name]) =>
    row(name, ours, theirs, (pixel) => alpha[pixel] === 1 && ids[pixel] === Number(id)),
  );
  const all = row("all", ours, theirs, (pixel) => alpha[pixel] === 1);
  const rest = row("background", ours, theirs, (pixel) => alpha[pixel] === 0);
  const head = ["| object | pixels | red | green | blue | mean difference |", "| --- | --- | --- | --- | --- | --- |"];
  return [...head, ...rows, all, rest].join("\n");
}

function row(name: string, ours: Picture, theirs: Picture, isCounted: (pixel: number) => boolean): string {
  const sums = ours.colors.map((values, color) => {
    const sum = { ours: 0, theirs: 0, difference: 0, count: 0 };
    for (let pixel = 0; pixel < values.length; pixel++) {
      if (!isCounted(pixel)) continue;
      const [a, b] = [values[pixel]!, theirs.colors[color]![pixel]!];
      sum.ours += a;
      sum.theirs += b;
      sum.difference += Math.abs(a - b);
      sum.count++;
    }
    return sum;
  });
  const ratios = sums.map((sum) => (sum.ours / sum.theirs).toFixed(3));
  const difference = sums.reduce((x, sum) => x + sum.difference, 0) / sums.reduce((x, sum) => x + sum.theirs, 0);
  return `| ${[name, sums[0]!.count, ...ratios, `${(100 * difference).toFixed(1)} %`].join(" | ")} |`;
}

async function writeBoth(path: string, pictures: readonly Picture[]): Promise<void> {
  const [{ widthPx: width, heightPx: height }] = pictures as [Picture];
  const pixels = Buffer.alloc(width * pictures.length * height * 3);
  for (const [column, picture] of pictures.entries()) {
    for (let pixel = 0; pixel < width * height; pixel++) {
      const row = Math.floor(pixel / width);
      const at = 3 * (row * width * pictures.length + column * width + (pixel - row * width));
      for (const [color, values] of picture.colors.entries()) pixels[at + color] = encodeSrgb(values[pixel]!);
    }
  }
  await write(path, pixels, width * pictures.length, height);
}

/** Red: ours is brighter, blue: theirs; means of 5×5 pixels, so that noise does not hide the rest. */
async function writeDifference(path: string, ours: Picture, theirs: Picture): Promise<void> {
  const { widthPx: width, heightPx: height } = ours;
  const [a, b] = [ours, theirs].map((picture) => smoothLuminance(picture)) as [Float64Array, Float64Array];
  const pixels = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const share = (a[pixel]! - b[pixel]!) / Math.max(b[pixel]!, 1e-6) / differenceShown;
    const rest = Math.round(255 * (1 - Math.min(Math.abs(share), 1)));
    pixels.set(share > 0 ? [255, rest, rest] : [rest, rest, 255], 3 * pixel);
  }
  await write(path, pixels, width, height);
}

function smoothLuminance({ widthPx: width, heightPx: height, colors }: Picture): Float64Array {
  const [r, g, b] = colors as [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>];
  const smooth = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      let count = 0;
      for (let row = Math.max(y - 2, 0); row <= Math.min(y + 2, height - 1); row++) {
        for (let at = row * width + Math.max(x - 2, 0); at <= row * width + Math.min(x + 2, width - 1); at++) {
          sum += 0.2126 * r[at]! + 0.7152 * g[at]! + 0.0722 * b[at]!;
          count++;
        }
      }
      smooth[y * width + x] = sum / count;
    }
  }
  return smooth;
}

async function write(path: string, pixels: Buffer, width: number, height: number): Promise<void> {
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .webp({ quality: 88 })
    .toFile(path);
}

const [oursPath, theirsPath, out] = process.argv.slice(2) as [string, string, string];
const [ours, theirs] = await Promise.all([pictureOf(oursPath), pictureOf(theirsPath)]);
await writeBoth(`${out}-both.webp`, [ours, theirs]);
await writeDifference(`${out}-difference.webp`, ours, theirs);
process.stdout.write(`${table(ours, theirs)}\n`);
