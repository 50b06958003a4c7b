-- A roster's line that cannot be read keeps whose it is, where that alone can be read: that person is in the file and so not
-- missing from it. It keeps why it cannot be read, too, as an import's reject does; the rest of the line is kept nowhere.
SET ROLE portal_owner;
ALTER TABLE portal.roster_items
  ADD COLUMN reject_field  text CHECK (reject_field ~ '^[a-z_]+$'),
  ADD COLUMN reject_reason text CHECK (reject_reason ~ '^[a-z_]+$'),
  ADD CONSTRAINT roster_items_reject_of_unreadable CHECK (reject_reason IS NULL AND reject_field IS NULL OR problem = 'unreadable');
RESET ROLE;
