-- How much is pending changes within seconds, from nothing to everything. From a count of a quiet hour the planner concludes that reading all
-- that is pending costs nothing, and looks for one delivery's neighbours that way: work that grows with the square of the backlog.
-- Without a count it takes the index that was made for the question. Changing the type removes the count that there is.

ALTER TABLE inbox ALTER COLUMN state TYPE text COLLATE "C";
ALTER TABLE inbox ALTER COLUMN state SET STATISTICS 0;
