/** Style sheets are taken in by the bundler for their effect only. */
declare module '*.css';
