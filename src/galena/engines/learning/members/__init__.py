"""The kinds of predictor that train together: boosting, forest, net, additive.

Each is a recipe (`recipe.Recipe`): it grows a predictor on given rows, shows what that predictor would say after more
or less effort, and turns it into the arrays that run without any training library.
"""
