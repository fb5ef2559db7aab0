-- Which weights of its model's members a score was made with. NULL: those of the training, or no model.

ALTER TABLE scores ADD COLUMN weights_id uuid;
