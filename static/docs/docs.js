// The search, the language of the code, and buttons that copy it. Pages read well without.
import {finder} from './find.js';

const wide = matchMedia('(min-width: 52.01rem)');
const side = document.querySelector('.side');
const fold = () => { side.open = wide.matches; };
wide.addEventListener('change', fold);
fold();
side.querySelector('[aria-current]')?.scrollIntoView({block: 'nearest'});

const LANGUAGE = 'bursar-docs-language';
const kept = {
  read: () => { try { return localStorage.getItem(LANGUAGE); } catch { return null; } },
  write: (value) => { try { localStorage.setItem(LANGUAGE, value); } catch { /* it is only for the next page */ } },
};

function showLanguage(language) {
  for (const sample of document.querySelectorAll('.sample')) sample.hidden = sample.dataset.language !== language;
  for (const tab of document.querySelectorAll('.languages button')) {
    tab.setAttribute('aria-pressed', String(tab.textContent === language));
  }
}

for (const code of document.querySelectorAll('.operation .code')) {
  const group = document.createElement('div');
  group.className = 'languages';
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', 'Language of the code');
  for (const sample of code.querySelectorAll('.sample')) {
    const tab = document.createElement('button');
    tab.type = 'button';
    tab.textContent = sample.dataset.language;
    tab.addEventListener('click', () => {
      const top = tab.getBoundingClientRect().top;
      kept.write(sample.dataset.language);
      showLanguage(sample.dataset.language);
      scrollBy(0, tab.getBoundingClientRect().top - top);
    });
    group.append(tab);
    sample.querySelector('h3').hidden = true;
  }
  code.prepend(group);
}
if (document.querySelector('.sample')) {
  const languages = [...document.querySelectorAll('.languages:first-of-type button')].map((tab) => tab.textContent);
  const wanted = kept.read();
  showLanguage(languages.includes(wanted) ? wanted : languages[0]);
}

for (const block of document.querySelectorAll('main pre')) {
  if (block.closest('form')) continue;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(block.querySelector('code').textContent);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not copied';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  const frame = document.createElement('div');
  frame.className = 'block';
  block.replaceWith(frame);
  frame.append(block, button);
}

finder(document.getElementById('find'), document.getElementById('found'));
