/** Row numbers, which mean nothing outside of this database. */
export type FriendNumber = number;
export type DeviceNumber = number;
