-- Here customers have no rows beside their ids.
SELECT 1;
