// Types read from a file's first bytes, and SVGs that want to do more than draw. SPEC §23.
import { deepStrictEqual as equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { isContentName, referencedHash } from '../../hall/content.ts';
import { safeDeclarations, safeStyleSheet } from '../../gateway/content/css.ts';
import { sniff } from '../../gateway/content/sniff.ts';
import { BadSvg, SvgSanitizer } from '../../gateway/content/svg.ts';
import { mp3, samples } from './content-samples.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const clean = (text: string, pieceChars = text.length) => {
  const sanitizer = new SvgSanitizer();
  let out = '';
  for (let at = 0; at < text.length; at += pieceChars) {
    out += sanitizer.write(text.slice(at, at + pieceChars));
  }
  return out + sanitizer.end();
};
const XMLNS = 'xmlns="http://www.w3.org/2000/svg"';
const svg = (inside: string) => `<svg ${XMLNS}>${inside}</svg>`;

test('23.2 the type is that of the first bytes', () => {
  for (const [type, file] of Object.entries(samples)) equal(sniff(file), type);
});

test('23.2 what only looks like one of the types is none', () => {
  const others = {
    empty: bytes(''),
    text: bytes('hello'),
    html: bytes('<!doctype html><svg onload=alert(1)>'),
    'html behind a comment': bytes('<!-- <svg> --><html></html>'),
    script: bytes('#!/bin/sh\n'),
    zip: bytes('PK\x03\x04'),
    program: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
    matroska: Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3, 0x42, 0x82, 0x88, ...bytes('matroska')),
    heic: Uint8Array.of(0, 0, 0, 16, ...bytes('ftypheic\0\0\0\0')),
    'one MP3 frame': mp3.slice(0, 400),
    'UTF-16': Uint8Array.of(0xff, 0xfe, 0x3c, 0),
    svgx: bytes('<svgx/>'),
    'PNG cut short': samples['image/png'].slice(0, 7),
    'RIFF of another kind': bytes('RIFF\0\0\0\0AVI LIST'),
  };
  for (const [name, file] of Object.entries(others)) equal(sniff(file), undefined, name);
});

test('23.2 an SVG is known behind a declaration, comments and a DOCTYPE', () => {
  const heads = [
    '<svg/>',
    '\ufeff  <svg>',
    '<?xml version="1.0"?>\n<!-- by hand --><svg:svg xmlns:svg="x">',
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">\n<svg width="1">',
    '<!DOCTYPE svg [ <!ENTITY a "b"> ]><svg>',
  ];
  for (const head of heads) equal(sniff(bytes(head)), 'image/svg+xml', head);
  // A character that the head cuts does not make it another type.
  equal(sniff(bytes('<svg>厅').slice(0, -1)), 'image/svg+xml');
});

test('23.3 a drawing stays as it was drawn, however it is cut into pieces', () => {
  const drawing = svg(
    '<defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs>' +
      '<style>.a{fill:url(#g);stroke:red}</style>' +
      '<g transform="rotate(30)"><path class="a" d="M0 0L1 1"/><use href="#g"/></g>' +
      '<text x="1">办事 &amp; &lt;等候&gt;</text>' +
      '<image href="data:image/png;base64,iVBORw0KGgo="/>',
  );
  const once = clean(drawing);
  for (const part of ['stop-color="#fff"', '.a{fill:url(#g);stroke:red}', 'd="M0 0L1 1"']) {
    ok(once.includes(part), part);
  }
  ok(once.includes('办事 &amp; &lt;等候&gt;') && once.includes('base64,iVBORw0KGgo='));
  equal(clean(drawing, 1), once);
  equal(clean(once), once);
});

test('23.3 prefixes, editors’ own elements, a DOCTYPE and a link leave the drawing', () => {
  const given =
    '<?xml version="1.0"?><?xml-stylesheet href="http://evil.example/a.css"?>' +
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://evil.example/svg.dtd">' +
    '<s:svg xmlns:s="http://www.w3.org/2000/svg" xmlns:i="http://editor.example" i:v="1">' +
    '<i:meta><s:rect/></i:meta><s:metadata>x</s:metadata>' +
    '<s:a href="http://evil.example"><s:rect width="1"/></s:a></s:svg>';
  equal(clean(given), `<svg ${XMLNS}><g><rect width="1"></rect></g></svg>`);
});

/** Each is kept as a drawing of nothing, or less than the attacker wants. */
const HOSTILE: Readonly<Record<string, string>> = {
  script: '<script>alert(1)</script>',
  'script in CDATA': '<script><![CDATA[alert(1)]]></script>',
  'script by reference': '<script href="http://evil.example/a.js"/>',
  'an event handler': '<rect onclick="alert(1)" onload="alert(1)"/>',
  'an event handler in capitals': '<rect ONLOAD="alert(1)"/>',
  foreignObject:
    '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml" onload="alert(1)"/></foreignObject>',
  'HTML in its own namespace':
    '<h:iframe xmlns:h="http://www.w3.org/1999/xhtml" src="http://evil.example"/>',
  'a link to a script': '<a href="javascript:alert(1)"><rect/></a>',
  'an old link to a script':
    '<a xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:alert(1)"/>',
  'an animated link': '<a><animate attributeName="href" to="javascript:alert(1)"/></a>',
  'a set handler': '<set attributeName="onmouseover" to="alert(1)"/>',
  'a picture from elsewhere': '<image href="http://evil.example/a.png"/>',
  'a picture without a scheme': '<image href="//evil.example/a.png"/>',
  'an SVG in a picture': '<image href="data:image/svg+xml;base64,PHN2Zz4="/>',
  'HTML in a picture': '<image href="data:text/html,&lt;script>alert(1)&lt;/script>"/>',
  'a part of another file': '<use href="http://evil.example/a.svg#x"/>',
  'a part of a data address': '<use href="data:image/svg+xml,&lt;svg/>#x"/>',
  'a filter that loads': '<filter><feImage href="http://evil.example/a.png"/></filter>',
  'a fill that loads': '<rect fill="url(http://evil.example/a.svg#p)"/>',
  'a fill that loads behind a local one': '<rect fill="url(#a) url(//evil.example/)"/>',
  'an escaped fill': '<rect fill="\\75rl(http://evil.example/)"/>',
  'a style that loads': '<rect style="fill:url(http://evil.example/)"/>',
  'a style with a comment in it':
    '<rect style="fill:u/**/rl(http://evil.example/);fill:url/**/(//evil.example/)"/>',
  'a style of another kind':
    '<rect style="behavior:url(http://evil.example/);background:url(//evil.example)"/>',
  'a variable': '<rect style="--a:url(http://evil.example/);fill:var(--a)"/>',
  'an imported sheet': '<style>@import url(http://evil.example/a.css);</style>',
  'an imported sheet by text': '<style>@import "http://evil.example/a.css";</style>',
  'a font': '<style>@font-face{font-family:a;src:url(http://evil.example/a.woff)}</style>',
  'rules within a rule': '<style>@media all{rect{fill:url(http://evil.example/)}}</style>',
  'a set of pictures': '<style>rect{mask:image-set("http://evil.example/" 1x)}</style>',
  'a style that closes itself': '<style>&lt;/style>&lt;script>alert(1)&lt;/script></style>',
  'a cursor': '<rect cursor="url(http://evil.example/)" style="cursor:url(http://evil.example/)"/>',
  'another base': '<rect xml:base="http://evil.example/"/>',
  'a handler element': '<handler type="text/javascript">alert(1)</handler>',
  'an unknown element': '<xss style="animation-name:x" onanimationstart="alert(1)"/>',
  'text that becomes markup': '<text>&lt;script>alert(1)&lt;/script></text>',
  'an attribute that becomes markup': '<text class="&quot;>&lt;script>alert(1)&lt;/script>"/>',
  'a video': '<video href="http://evil.example/"/><audio href="http://evil.example/"/>',
};

for (const [name, inside] of Object.entries(HOSTILE)) {
  test(`23.3 an SVG with ${name} only draws`, () => {
    const out = clean(svg(inside));
    ok(
      !/evil|<script|<!|javascript|onload|onclick|url\(h|data:(?!image\/(png|jpeg))/i.test(out),
      out,
    );
    ok(
      !/\son\w+\s*=|<(a|set|animate|foreignObject|handler|iframe|feImage|video)\b/i.test(out),
      out,
    );
    equal(clean(out), out);
  });
}

const REFUSED: Readonly<Record<string, [text: string, why: RegExp]>> = {
  'an entity of a file': [
    `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${svg('<text>&x;</text>')}`,
    /DOCTYPE/,
  ],
  'entities that grow': [
    `<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${svg('&b;')}`,
    /DOCTYPE/,
  ],
  'an entity that nobody declared': [svg('<text>&nbsp;</text>'), /not well-formed/],
  'an element that is not closed': [`<svg ${XMLNS}><g>`, /not well-formed/],
  'two roots': [svg('') + svg(''), /not well-formed/],
  'no namespace': ['<svg><rect/></svg>', /xmlns/],
  'another root': ['<html xmlns="http://www.w3.org/1999/xhtml"/>', /root element svg/],
  'elements without end': [svg('<g>'.repeat(300) + '</g>'.repeat(300)), /nests deeper/],
  'attributes without end': [
    svg(`<g ${Array.from({ length: 600 }, (_, n) => `a${n}=""`).join(' ')}/>`),
    /more than 500 attributes/,
  ],
  'parts that grow': [
    svg(
      Array.from({ length: 30 }, (_, n) => {
        const next = `<use href="#p${n + 1}"/>`;
        return `<g id="p${n}">${next}${next}</g>`;
      }).join(''),
    ),
    /too often/,
  ],
  'a part of itself': [svg('<g id="p"><use href="#p"/></g>'), /too often/],
  'a long chain of parts': [
    svg(
      Array.from({ length: 9_000 }, (_, n) => `<g id="p${n}"><use href="#p${n + 1}"/></g>`).join(
        '',
      ),
    ),
    /too often/,
  ],
};

for (const [name, [text, why]] of Object.entries(REFUSED)) {
  test(`23.3 an SVG with ${name} is refused`, () => {
    throws(
      () => clean(text),
      (error) => error instanceof BadSvg && why.test(error.message),
    );
  });
}

test('23.3 hostile input of a megabyte takes no more than a moment', () => {
  const began = performance.now();
  const long = 1_000_000;
  safeDeclarations('a:b' + ' '.repeat(long) + 'c');
  safeStyleSheet('a{fill:red}'.repeat(long / 11));
  safeStyleSheet('/*'.repeat(long / 2));
  clean(svg(`<path d="${'0'.repeat(long)}"/><rect fill="${'url('.repeat(long / 4)}"/>`));
  const ms = performance.now() - began;
  ok(ms < 3_000, `${ms} ms`);
});

test('23.5 the hall file names a picture by its hash or its path', () => {
  const hash = 'a'.repeat(64);
  equal(referencedHash(`content:${hash}`), hash);
  equal(referencedHash('photos/a.jpg'), undefined);
  for (const good of [`content:${hash}`, 'a.jpg', 'photos/张三.jpg']) ok(isContentName(good), good);
  for (const bad of [
    ...['content:abc', `content:${hash.toUpperCase()}`, '/etc/passwd', '../a.jpg', 'a/../b.jpg'],
    ...['http://example.org/a.jpg', 'C:\\a.jpg', 'a//b', '.hidden', './a.jpg', 'data:image/png,'],
  ]) {
    ok(!isContentName(bad), bad);
  }
});
