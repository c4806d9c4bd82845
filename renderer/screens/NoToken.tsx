import { Logo } from '../components/Logo.tsx';

/** The page was opened without the secret part of its address. */
export function NoToken() {
  return (
    <main className="first-run">
      <div className="card">
        <Logo />
        <h1>Open the whole address</h1>
        <p className="lead">
          This page belongs to a Parley on this computer and opens only with the address that Parley printed when it
          started. It ends with “#token=” and a long secret. Copy all of it into the address bar.
        </p>
      </div>
    </main>
  );
}
