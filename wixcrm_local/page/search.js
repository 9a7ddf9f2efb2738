// Search as the library does it (search_terms.py): one folding for what is stored and what is
// asked, then ranks: 0 exact, 1 the beginning of a word, 2 inside.

const FOLDING = {};

function learnFolding({ marks, folds, plain, zeros }) {
  Object.assign(FOLDING, {
    marks: new RegExp(`[${marks}]`, "gu"),
    folds,
    plain,
    zeros: zeros.map((zero) => zero.codePointAt(0)),
  });
}

function foldText(text) {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  const plain = [...foldCase(foldCase(text).normalize("NFKD"))]
    .map((letter) => FOLDING.plain[letter] ?? letter)
    .join("");
  return plain
    .replace(FOLDING.marks, "")
    .replace(/\p{Nd}/gu, asciiDigit)
    .normalize("NFC");
}

function foldCase(text) {
  return [...text].map((letter) => FOLDING.folds[letter] ?? letter.toLowerCase()).join("");
}

function asciiDigit(letter) {
  const number = letter.codePointAt(0);
  const zero = FOLDING.zeros.find((each) => each <= number && number < each + 10);
  return zero === undefined ? letter : String(number - zero);
}

// The words of a query; what looks like a telephone number is one word, without its spaces.
function wordsOf(text) {
  const searchable = text
    .slice(0, 200)
    .replace(/\s/gu, " ")
    .replace(/[\p{Cc}\p{Cs}]/gu, "");
  const words = [];
  let digits = [];
  for (const piece of [...foldText(searchable).split(/\s+/u).filter(Boolean), ""]) {
    const bare = piece.replace(/[ \-.()+/]/g, "");
    if (/^[0-9]+$/.test(bare)) {
      digits.push(bare);
      continue;
    }
    if (digits.length && piece && !bare) continue; // a dash between two groups
    if (digits.length) {
      const joined = digits.join("");
      words.push(...(joined.length <= 15 ? [joined] : digits));
      digits = [];
    }
    if (piece) words.push(piece);
  }
  return [...new Set(words)];
}

// What is searched of somebody, folded once.
function textsOf(words, numbers) {
  const digits = numbers.flatMap(({ text, match }) => [
    foldText(text).replace(/[^0-9]/g, ""),
    match?.startsWith("+") ? match.slice(1).split(";")[0] : "",
  ]);
  return {
    words: [...new Set(words.flatMap((word) => foldText(word).split(/\s+/u)).filter(Boolean))],
    numbers: [...new Set(digits.filter(Boolean))],
  };
}

// How well all the words are answered, the worst one counts; Infinity: not at all.
function rankOf(words, texts) {
  let worst = 0;
  for (const word of words) {
    let found = Infinity;
    for (const text of texts.words) found = Math.min(found, rankIn(word, text));
    if (/^[0-9]+$/.test(word)) {
      for (const number of texts.numbers) found = Math.min(found, rankInNumber(word, number));
    }
    if (found === Infinity) return Infinity;
    worst = Math.max(worst, found);
  }
  return worst;
}

function rankIn(word, text) {
  let place = text.indexOf(word);
  if (place < 0) return Infinity;
  if (word.length === text.length) return 0;
  for (; place >= 0; place = text.indexOf(word, place + 1)) {
    if (isStart(text, place)) return 1;
  }
  return word.length >= 3 ? 2 : Infinity;
}

function rankInNumber(word, number) {
  if (word === number) return 0;
  if (number.startsWith(word) || (word.length > 1 && number.endsWith(word))) return 1;
  return word.length >= 3 && number.includes(word) ? 2 : Infinity;
}

// Where a word begins: at the text's own beginning, at an @, and behind what is no letter.
function isStart(text, place) {
  if (place === 0 || text[place] === "@") return true;
  const letter = /^[\p{L}\p{N}]/u.test(text.slice(place, place + 2));
  return letter && !/[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, place - 2), place));
}

// Those that answer, the best first, each rank in the order in which they came.
function searched(items, text) {
  const words = wordsOf(text);
  if (!words.length) return items;
  const found = [[], [], []];
  for (const item of items) {
    const rank = rankOf(words, item.texts);
    if (rank !== Infinity) found[rank].push(item);
  }
  return found.flat();
}
