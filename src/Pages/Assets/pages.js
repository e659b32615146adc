// What pages do beyond being read: the colour scheme, and parts that follow the service.
'use strict';

const root = document.documentElement;
const kept = localStorage.getItem('scheme');
if (kept) root.dataset.scheme = kept; // before anything is drawn

addEventListener('DOMContentLoaded', () => {
  const button = document.getElementById('scheme');
  const isDark = () => (root.dataset.scheme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const name = () => { button.textContent = isDark() ? 'Light' : 'Dark'; };
  button.hidden = false;
  button.onclick = () => { localStorage.setItem('scheme', root.dataset.scheme = isDark() ? 'light' : 'dark'); name(); };
  name();
  document.querySelectorAll('[data-live]').forEach(follow);
  document.querySelectorAll('[data-later]').forEach(fetchLater);
});

// Puts the whole page in the place of one that was shown before what it is about was computed.
async function fetchLater(part) {
  try {
    const whole = new DOMParser().parseFromString(await (await fetch(part.dataset.later)).text(), 'text/html');
    document.title = whole.title;
    document.getElementById('content').replaceChildren(...whole.getElementById('content').childNodes);
  } catch {
    part.textContent = 'The service does not answer. Load the page again.';
  }
}

// Takes over each new version of a part, and leaves alone what a reader has in hand: the focus, what is unfolded, how far a table is scrolled.
function follow(part) {
  const says = document.getElementById('live');
  const source = new EventSource(part.dataset.live);
  source.onopen = () => { says.textContent = 'live'; };
  source.onerror = () => { says.textContent = 'not live: the service does not answer'; };
  source.onmessage = event => {
    const focused = part.contains(document.activeElement) ? document.activeElement.id : '';
    const unfolded = [...part.querySelectorAll('details[open]')].map(one => one.id);
    const scrolled = [...part.querySelectorAll('.scroll')].map(one => one.scrollLeft);
    part.innerHTML = event.data;
    unfolded.forEach(id => document.getElementById(id)?.setAttribute('open', ''));
    part.querySelectorAll('.scroll').forEach((one, i) => { one.scrollLeft = scrolled[i] ?? 0; });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };
}

// A prompt in its models: a chosen response token shows its column of the scores, a prompt token its row.
addEventListener('DOMContentLoaded', () => {
  const models = document.querySelector('.models');
  if (!models) return;
  const said = document.getElementById('said'), own = document.getElementById('own'), whole = said.textContent;
  const panels = [...models.querySelectorAll('[data-model]')].map(section => {
    const tokens = side => [...section.querySelectorAll(`[data-side=${side}] [role=option]`)];
    return { section, input: tokens('input'), output: tokens('output'), name: section.dataset.model, canvas: section.querySelector('canvas') };
  });
  let chosen = null;

  // Shades some tokens, for what is above nothing and against what is below.
  const shade = (tokens, values, most) => tokens.forEach((token, i) => {
    const share = values && most > 0 ? Math.min(1, Math.abs(values[i]) / most) : 0;
    token.style.background = values ? `color-mix(in srgb, var(--${values[i] < 0 ? 'against' : 'for'}) ${(90 * share).toFixed(1)}%, transparent)` : 'transparent';
    token.title = values ? values[i].toPrecision(4) : '';
  });
  const strongest = (tokens, values) => tokens.map((token, i) => [token.textContent.trim() || '␣', values[i]])
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 5).map(([text, value]) => `“${text}” ${value.toPrecision(3)}`).join(', ');

  const show = () => {
    const words = [];
    for (const { section, input, output, name, scores } of panels) {
      const most = values => own.checked ? Math.max(...values.map(Math.abs)) : Number(models.dataset.most);
      const at = chosen && chosen.side === 'input' ? matching(input) : output.indexOf(chosen?.token);
      section.querySelectorAll('[aria-selected=true]').forEach(one => one.setAttribute('aria-selected', 'false'));
      shade(input, input.map(one => Number(one.dataset.density)), 1);
      shade(output, null);
      if (at < 0 || !scores) continue;
      const token = (chosen.side === 'input' ? input : output)[at];
      token.setAttribute('aria-selected', 'true');
      if (chosen.side === 'output') {
        const column = input.map((_, i) => scores[i * output.length + at]);
        shade(input, column, most(column));
        const sure = token.dataset.probability ? `, probability ${Number(token.dataset.probability).toPrecision(3)}` : '';
        words.push(`${name}, response token “${token.textContent.trim()}”${sure}: driven most by ${strongest(input, column)}.`);
      } else {
        const row = output.map((_, j) => scores[at * output.length + j]);
        shade(output, row, most(row));
        shade(input, null);
        if (row.length) words.push(`${name}, prompt token “${token.textContent.trim()}”: drove most ${strongest(output, row)}.`);
      }
    }
    said.textContent = words.join(' ') || whole;
  };
  // A prompt token is chosen in every model that reads the same token at its place.
  const matching = input => input.includes(chosen.token) ? input.indexOf(chosen.token)
    : input[chosen.place]?.textContent === chosen.token.textContent ? chosen.place : -1;
  const choose = (token, side, place) => { chosen = token && chosen?.token !== token ? { token, side, place } : null; show(); };

  const draw = panel => paint(panel, own.checked ? panel.largest : Number(models.dataset.most));
  own.onchange = () => { panels.filter(panel => panel.scores).forEach(draw); show(); };
  for (const panel of panels) {
    for (const side of ['input', 'output']) {
      panel[side].forEach((token, place) => {
        token.onclick = () => { focus(panel[side], place); choose(token, side, place); };
        token.onkeydown = event => {
          const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -place, End: panel[side].length - 1 - place }[event.key];
          if (step !== undefined) focus(panel[side], Math.min(panel[side].length - 1, Math.max(0, place + step)));
          else if (event.key === 'Enter' || event.key === ' ') choose(token, side, place);
          else if (event.key === 'Escape') choose(null);
          else return;
          event.preventDefault();
        };
      });
    }
    if (panel.output.length) load(panel).then(() => { if (panel.scores) draw(panel); show(); });
  }
});

function focus(tokens, place) {
  tokens.forEach((token, i) => { token.tabIndex = i === place ? 0 : -1; });
  tokens[place].focus();
}

// Fetches a model's scores, of which it may have none by the method and target that were chosen.
async function load(panel) {
  const { values, scores: address } = panel.section.dataset; // a page that stands alone has them in it
  const bytes = values === undefined ? await (await fetch(address)).arrayBuffer() : Uint8Array.from(atob(values), one => one.charCodeAt(0)).buffer;
  const scores = new Float32Array(bytes);
  if (!scores.length) return;
  panel.scores = scores;
  panel.largest = scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
}

// Draws the scores, those as large as most in full.
function paint(panel, most) {
  const context = panel.canvas.getContext('2d'), image = context.createImageData(panel.canvas.width, panel.canvas.height);
  const style = getComputedStyle(root);
  const [forward, against] = ['--for', '--against'].map(name => Number.parseInt(style.getPropertyValue(name).trim().slice(1), 16));
  panel.scores.forEach((score, i) => {
    const colour = score < 0 ? against : forward;
    image.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, most > 0 ? 255 * Math.abs(score) / most : 0], 4 * i);
  });
  context.putImageData(image, 0, 0);
}
