export { Bursar, Bursar as default } from './panel/bursar.js';
