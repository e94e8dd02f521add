"""The ladders as shipped reach customers without e-mail by letter, else by a call."""


def migrate(cr, version):
    # Only ladders that nobody edited: the installation wrote all of their records
    cr.execute(
        """WITH shipped AS (
               SELECT l.id FROM ar_ladder l
                 JOIN ir_model_data x ON x.model = 'ar.ladder' AND x.res_id = l.id
                WHERE x.module = 'ar_followup_plus' AND l.write_uid = 1
                  AND NOT EXISTS (SELECT 1 FROM ar_ladder_step s
                                   WHERE s.ladder_id = l.id
                                     AND s.write_uid IS DISTINCT FROM 1)
           )
           UPDATE ar_ladder_step s
              SET fallback = CASE WHEN s.channels = 'email' THEN 'letter,call'
                                  ELSE 'call' END
             FROM shipped l
            WHERE l.id = s.ladder_id AND s.fallback IS NULL
              AND s.stage <> 'preventive' AND s.channels IN ('email', 'email,letter')"""
    )
