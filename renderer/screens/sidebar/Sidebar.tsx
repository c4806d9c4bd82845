import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { moveInList } from '../../hooks/use-list-keys.ts';
import { AloneRemark } from './AloneRemark.tsx';
import { FriendList } from './FriendList.tsx';
import { RequestsRow } from './RequestsRow.tsx';
import { SearchBox } from './SearchBox.tsx';
import { SearchResults } from './SearchResults.tsx';
import { SidebarHeader } from './SidebarHeader.tsx';

/** The left column: who I am, search, requests, friends. */
export function Sidebar() {
  const { stores } = useApp();
  const searching = useAppStore('search', ({ query }) => query.trim() !== '');
  const unconfirmed = useAppStore('profile', ({ profile }) => profile?.state === 'open' && !profile.wordsConfirmed);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys only move the focus between buttons inside
    <div className="sidebar" onKeyDown={moveInList}>
      <SidebarHeader />
      <SearchBox />
      <AloneRemark />
      {unconfirmed && (
        <button
          type="button"
          className="sidebar-remark"
          onClick={() => stores.ui.getState().openDialog({ kind: 'words' })}
        >
          Keep your recovery words safe. <strong>Do it now</strong>
        </button>
      )}
      {searching ? (
        <SearchResults />
      ) : (
        <nav className="sidebar-scroll" aria-label="Chats">
          <RequestsRow />
          <FriendList />
        </nav>
      )}
    </div>
  );
}
